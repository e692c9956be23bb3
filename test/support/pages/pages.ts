import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");

/** README and every page of docs/, by path from the root. */
export const PAGES: readonly string[] = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name.replaceAll("\\", "/")}`)
    .sort(),
];

export function pageText(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

/** The files of the repository by path from the root: tracked ones, and new ones that are not ignored. */
export function repositoryFiles(): string[] {
  return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  })
    .trim()
    .split("\n");
}

/** The anchor that links name a heading by. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

/** The rows, as cells, of the first table whose first column has this title. */
export function tableRows(text: string, title: string): readonly (readonly string[])[] {
  const [, table = ""] = text.split(new RegExp(`^\\| ${title} \\|.*\\n\\|[ -|]*\\n`, "m"));
  const rows = table
    .slice(0, table.search(/^(?!\|)/m))
    .trimEnd()
    .split("\n");
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

/** The cells of each row of the page's tables whose first cell is code: `name` | ... */
export function codeRows(text: string): ReadonlyMap<string, readonly string[]> {
  const rows = [...text.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)];
  return new Map(rows.map(([, name = "", rest = ""]) => [name, rest.split(" | ").map((cell) => cell.trim())]));
}
