import type { Difference } from "../write/check.js";
import { count } from "./io.js";

/** Lines shown of all diffs together; the files beyond are named. */
const SHOWN = 200;

/** The diffs one after the other, cut to a readable length. */
export function diffText(differences: readonly Difference[], colours: boolean): string {
  const lines: string[] = [];
  const cut: string[] = [];
  let left = SHOWN;
  for (const { path, kind, diff } of differences) {
    const own = diff.split("\n").filter((line) => line !== "" && !/^=+$/.test(line));
    const shown = own.slice(0, Math.max(left, 0));
    lines.push(...shown.map((line) => paint(visible(line), colours)));
    left -= own.length;
    if (shown.length < own.length) cut.push(`  ${path}: ${kind}, ${count(own.length - shown.length, "more line")}`);
  }
  if (cut.length > 0) lines.push("... and more:", ...cut);
  return lines.map((line) => `${line}\n`).join("");
}

/** A file on disk may contain anything; a terminal must not interpret it. */
function visible(line: string): string {
  return line.replace(/[^\P{Cc}\t]/gu, "\ufffd");
}

function paint(line: string, colours: boolean): string {
  if (!colours) return line;
  const code = /^(---|\+\+\+) /.test(line)
    ? 1
    : line.startsWith("+")
      ? 32
      : line.startsWith("-")
        ? 31
        : line.startsWith("@@")
          ? 36
          : 0;
  return code === 0 ? line : `\u001b[${code}m${line}\u001b[0m`;
}
