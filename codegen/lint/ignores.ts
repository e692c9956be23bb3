import type { Warning } from "./rule.js";

const IGNORE = /#\s*taskwire-lint:\s*ignore\s+(?<codes>[\w, ]+?)\s*$/;

/** Codes ignored by `# taskwire-lint: ignore <code>[, <code>]`, by line. */
export class Ignores {
  readonly #byLine = new Map<string, ReadonlySet<string>>();
  /** Unknown codes in such comments, so that a typo is reported. */
  readonly unknown: Warning[] = [];

  constructor(lines: ReadonlyMap<string, readonly string[]>, known: readonly string[]) {
    for (const [file, all] of lines) {
      all.forEach((text, index) => {
        const codes = IGNORE.exec(text)?.groups?.codes?.split(/[\s,]+/) ?? [];
        if (codes.length > 0) this.#byLine.set(`${file}:${index + 1}`, new Set(codes));
        for (const code of codes.filter((one) => !known.includes(one))) {
          this.unknown.push({
            file,
            line: index + 1,
            column: text.indexOf(code) + 1,
            code: "unknown_ignore",
            message: `taskwire-lint: ignore: unknown rule "${code}"; known rules: ${known.join(", ")}`,
          });
        }
      });
    }
  }

  /** Whether a comment on the warning's line, or on the line above it, ignores it. */
  covers({ file, line, code }: Warning): boolean {
    return [line, line - 1].some((at) => this.#byLine.get(`${file}:${at}`)?.has(code) === true);
  }
}
