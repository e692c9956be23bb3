import type { Warning } from "./rule.js";

const IGNORE = /#\s*taskwire-lint:\s*ignore\s+(?<codes>[\w, ]+?)\s*$/;

/** Codes taken back by `# taskwire-lint: ignore <code>[, <code>]`, by the lines they hold for. */
export class Ignores {
  readonly #byLine = new Map<string, ReadonlySet<string>>();
  /** Codes that no rule has, so that a slip of the pen takes nothing back unseen. */
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
            message: `taskwire-lint: ignore: expected the code of a rule, got "${code}"; known codes: ${known.join(", ")}`,
          });
        }
      });
    }
  }

  /** By a comment on the warning's line, or on the line above it. */
  covers({ file, line, code }: Warning): boolean {
    return [line, line - 1].some((at) => this.#byLine.get(`${file}:${at}`)?.has(code) === true);
  }
}
