import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Where another module is named: `from "./x.js"`, `import "./x.js"`, `import("./x.js")`, `require("./x.js")`. */
const SPECIFIER = /\b(?:from|import|require)\s*\(?\s*(["'])(\.{1,2}\/[^"'\n]+)\1/g;
/** A source of this kind is written as a specifier of that kind. */
const SOURCES: readonly (readonly [RegExp, string])[] = [
  [/\.js$/, ".ts"],
  [/\.mjs$/, ".mts"],
  [/\.cjs$/, ".cts"],
  [/$/, ".ts"],
  [/$/, ".js"],
  [/$/, "/index.ts"],
  [/$/, "/index.js"],
];

/**
 * The folders of a module and of all that it imports by relative path, directly or not. Read from the text,
 * so that a module that does not load is included; a missing module counts with the folder it would be in. Packages do not
 * count.
 */
export function foldersOf(module: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const folders = new Set<string>();
  const waiting = [resolve(module)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    folders.add(dirname(file));
    for (const [, , specifier = ""] of textOf(file).matchAll(SPECIFIER))
      waiting.push(found(resolve(dirname(file), specifier)));
  }
  return new Set([...folders].filter((folder) => existsSync(folder)));
}

/** The file that a specifier means; TypeScript sources import each other by their compiled names. */
function found(path: string): string {
  if (/\.[mc]?[jt]s$/.test(path) && existsSync(path)) return path;
  const candidates = SOURCES.map(([ending, source]) => path.replace(ending, source));
  return candidates.find((candidate) => candidate !== path && existsSync(candidate)) ?? path;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
