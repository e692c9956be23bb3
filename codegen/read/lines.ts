/** One line of a text that is not quite YAML. */
export interface Line {
  /** Without its line end. */
  readonly text: string;
  /** Offset of its first character. */
  readonly start: number;
}

/** Lines of a text that the parser rejects, to find out what was meant. */
export class Lines {
  readonly all: readonly Line[];

  constructor(text: string) {
    const all: Line[] = [];
    let start = 0;
    for (const line of text.split("\n")) {
      all.push({ text: line.replace(/\r$/, ""), start });
      start += line.length + 1;
    }
    this.all = all;
  }

  /** Index of the line that an offset is on. */
  at(offset: number): number {
    const next = this.all.findIndex(({ start }) => start > offset);
    return next < 0 ? this.all.length - 1 : next - 1;
  }

  get(index: number): Line {
    return this.all[index] ?? { text: "", start: 0 };
  }

  /** The nearest line with content before or after another; undefined when there is none. */
  beside(index: number, step: 1 | -1): number | undefined {
    for (let at = index + step; at >= 0 && at < this.all.length; at += step) if (hasContent(this.get(at))) return at;
    return undefined;
  }

  /** The line and those below it that are indented further; blank ones at the end are left out. */
  block(index: number): readonly number[] {
    const indent = indentOf(this.get(index));
    const found = [index];
    for (let at = index + 1; at < this.all.length; at++) {
      const line = this.get(at);
      if (hasContent(line) && indentOf(line) <= indent) break;
      found.push(at);
    }
    while (found.length > 1 && !hasContent(this.get(found.at(-1) ?? 0))) found.pop();
    return found;
  }

  /** Indentations of the keys that a line may belong to, the outermost first. */
  openIndents(index: number): readonly number[] {
    const open: number[] = [];
    for (let at = 0; at < index; at++) {
      const line = this.get(at);
      if (!hasContent(line)) continue;
      const indent = indentOf(line);
      while ((open.at(-1) ?? -1) >= indent) open.pop();
      open.push(indent);
    }
    return open;
  }
}

export function hasContent({ text }: Line): boolean {
  return text.trim() !== "" && !/^\s*#/.test(text);
}

export function indentOf({ text }: Line): number {
  return text.length - text.trimStart().length;
}

/** The key at the start of a line, `key: value` or `key:`. */
export function keyOf({ text }: Line): string | undefined {
  return /^\s*(?:- +)?(?:"([^"]*)"|'([^']*)'|([^\s#"'[\]{},&*!|>%@`-][^#:[\]{},]*?))\s*:(?:\s|$)/
    .exec(text)
    ?.slice(1)
    .find((one) => one !== undefined);
}

/**
 * The top-level key of a schema file that a line is below; "" when unknown. `lineText`: a line by its
 * number, from 1.
 */
export function sectionOf(lineText: (line: number) => string, line: number): string {
  for (let number = line; number >= 1; number--) {
    const text = lineText(number);
    if (!/^[^\s#]/.test(text)) continue;
    return number === line ? "" : (/^([a-z_]+):\s*(?:#.*)?$/.exec(text)?.[1] ?? "");
  }
  return "";
}
