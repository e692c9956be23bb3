import { hostname, userInfo } from "node:os";

/** A block of commands of a page, and the block of what they print. */
export interface Step {
  readonly commands: readonly string[];
  readonly printed: string;
}

/** The steps of a section, in order: each block of commands with the text block behind it. */
export function stepsOf(section: string): Step[] {
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```\n+```text\n([\s\S]*?)^```$/gm)].map(
    ([, commands = "", printed = ""]) => ({ commands: commands.trimEnd().split("\n"), printed }),
  );
}

/** The words of a command line; quotes group. */
export function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? "",
  );
}

/** What a page shows instead of this machine's names. */
export function pageNames(text: string, names: ReadonlyMap<string, string>): string {
  let shown = text;
  for (const [own, name] of names) shown = shown.replaceAll(own, name);
  return shown.replaceAll(hostname(), "app1").replaceAll(`${userInfo().username}@`, "ada@");
}

const CHANGING: readonly (readonly [RegExp, string])[] = [
  // Free text that is cut at the end of a line.
  [/ {2}(?=\S)(?:(?! {2}).)*…$/gm, "  CUT"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?/g, "TIME"],
  [/\bapp1:[\w:]*…?[\w:]*/g, "WORKER"],
  [/\b[0-9a-f]{32}\b|\b[0-9a-f]{2,}…[0-9a-f]{2,}\b/g, "ID"],
  [/\b(?=[a-f]*\d)[0-9a-f]{16}\b/g, "FINGERPRINT"],
  [/\b(?=[a-f]*\d)[0-9a-f]{12}\b/g, "ID"],
  [/--cursor \S+/g, "--cursor CURSOR"],
  [/\bp_[\w-]+/g, "PLAN"],
  [/\bat \d\d:\d\d(:\d\d)?/g, "at TIME"],
  [/\b\d+(\.\d+)? ?(ms|s|min|m|h|d)\b( \d+ ?(ms|s|min|m|h|d)\b)?/g, "SPAN"],
  [/[\d,]+ of [\d,]+ MiB/g, "SIZE"],
  // An activation's times take a byte more or less.
  [/\b\d+ bytes\b/g, "BYTES"],
  [/\bNode \d+\.\d+\.\d+/g, "Node VERSION"],
  [/\bSQLite \d+\.\d+\.\d+/g, "SQLite VERSION"],
];

/** The words of a text, with what differs between two runs replaced; how lines are broken and aligned does not count. */
export function comparable(text: string): string[] {
  let replaced = text;
  for (const [pattern, by] of CHANGING) replaced = replaced.replace(pattern, by);
  return replaced.split(/\s+/).filter((word) => word !== "");
}

/** The words as `expected` has them where a name is cut in the middle in one of the two. */
export function aligned(found: readonly string[], expected: readonly string[]): string[] {
  return found.map((word, index) => {
    const other = expected[index] ?? "";
    return sameButCut(word, other) ? other : word;
  });
}

function sameButCut(one: string, other: string): boolean {
  if (!one.includes("…") && !other.includes("…")) return false;
  const [begin = "", end = begin] = one.split("…");
  const [otherBegin = "", otherEnd = otherBegin] = other.split("…");
  const starts = begin.startsWith(otherBegin) || otherBegin.startsWith(begin);
  return starts && (end.endsWith(otherEnd) || otherEnd.endsWith(end));
}
