import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { extname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HandlersModuleError } from "../errors.js";

/** A handlers module as a child process loads it. */
export interface HandlersModule {
  /** As the user named it. */
  readonly name: string;
  readonly url: string;
  /** Arguments that Node needs to load it. */
  readonly nodeArguments: readonly string[];
}

const JAVASCRIPT = new Set([".js", ".mjs", ".cjs"]);
const TYPESCRIPT = new Set([".ts", ".mts", ".cts"]);

/** Finds the module: a path from the working directory, or a file URL. Throws HandlersModuleError. */
export function findHandlersModule(name: string): HandlersModule {
  const path = name.startsWith("file:") ? fileURLToPath(name) : resolve(name);
  if (!existsSync(path))
    throw new HandlersModuleError(name, `no such file: ${path}; pass the path of the compiled module`);
  const extension = extname(path);
  if (!JAVASCRIPT.has(extension) && !TYPESCRIPT.has(extension)) {
    throw new HandlersModuleError(name, `expected a .js, .mjs, .cjs, .ts, .mts or .cts file, found "${extension}"`);
  }
  const nodeArguments = TYPESCRIPT.has(extension) ? ["--import", tsxFor(name, path)] : [];
  return { name, url: pathToFileURL(path).href, nodeArguments };
}

function tsxFor(name: string, path: string): string {
  try {
    return pathToFileURL(createRequire(path).resolve("tsx")).href;
  } catch (error) {
    throw new HandlersModuleError(
      name,
      "a TypeScript module needs tsx, which does not resolve from its folder; either `npm install --save-dev tsx`, or compile the module and pass the .js file",
      { cause: error },
    );
  }
}
