import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { codeOf } from "../../base/errors.js";
import { StaticFile } from "./static-file.js";

/** Where the build puts the console. */
const FOLDER = fileURLToPath(new URL("../../console/", import.meta.url));

const INDEX = "index.html";
const TYPES: ReadonlyMap<string, string> = new Map([
  [".css", "text/css; charset=utf-8"],
  [".ico", "image/x-icon"],
  [".js", "text/javascript; charset=utf-8"],
  [".png", "image/png"],
  [".svg", "image/svg+xml"],
  [".txt", "text/plain; charset=utf-8"],
  [".woff2", "font/woff2"],
]);

/** The built console, in memory: it has about 350 KB. */
export interface BuiltFiles {
  /** The page, without the address that its links begin with; undefined: the console is not built. */
  readonly index: string | undefined;
  /** By their path below the prefix. */
  readonly files: ReadonlyMap<string, StaticFile>;
}

export function readBuilt(folder = FOLDER): BuiltFiles {
  const files = new Map<string, StaticFile>();
  for (const path of namesIn(folder)) {
    const type = TYPES.get(extname(path));
    if (type !== undefined) files.set(path, new StaticFile(readFileSync(join(folder, path)), type, isHashed(path)));
  }
  return { index: textOf(join(folder, INDEX)), files };
}

/** The build names the files of this folder by their content. */
function isHashed(path: string): boolean {
  return path.startsWith("assets/");
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw error;
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
