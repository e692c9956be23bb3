import { existsSync } from "node:fs";
import path from "node:path";
import { compilerSettings } from "./tsconfig/compiler.js";
import { quickSettings } from "./tsconfig/quick.js";
import type { ModuleSettings } from "./tsconfig/settings.js";

export type ImportExtension = ".js" | ".ts";

interface ImportRule {
  readonly extension: ImportExtension;
  /** Files that decide it, absolute, also ones that do not exist yet: tsconfig.json at and above the folder, and the files it extends. */
  readonly files: readonly string[];
  /** What keeps generated code from compiling; absent when nothing does. */
  readonly warning?: string;
}

/**
 * ".ts" when the tsconfig that covers the folder lets TypeScript files be imported by their own names. It is the nearest
 * one at or above the folder, read as tsc reads it: comments, trailing commas, `extends` of files and packages.
 */
export function importRuleFor(out: string): ImportRule {
  const looked = tsconfigsAbove(out);
  const file = looked.at(-1) ?? "";
  if (!existsSync(file)) return { extension: ".js", files: looked };
  const settings = quickSettings(file) ?? compilerSettings(file);
  const warning = resolutionWarning(file, settings);
  return {
    extension: settings.importsTypeScript ? ".ts" : ".js",
    files: [...new Set([...looked, ...settings.extended])],
    ...(warning === undefined ? {} : { warning }),
  };
}

/** By TypeScript's names; before TypeScript 6 resolution in the old way is their default. */
const OLD_MODULES = new Set(["amd", "commonjs", "system", "umd"]);

/** Generated code imports `taskwire/generated`, an entry that only resolution by package.json's `exports` finds. */
function resolutionWarning(
  file: string,
  { module, moduleResolution, mapsGenerated }: ModuleSettings,
): string | undefined {
  if (mapsGenerated) return undefined;
  const set =
    'set "module": "nodenext" and "moduleResolution": "nodenext", which emit CommonJS, too, in a package without "type": "module"';
  if (moduleResolution === "classic" || moduleResolution === "node10") {
    const said = moduleResolution === "classic" ? "classic" : "node";
    return `${file}: "moduleResolution": "${said}" does not find "taskwire/generated", which generated code imports; ${set}`;
  }
  if (moduleResolution !== undefined || module === undefined || !OLD_MODULES.has(module)) return undefined;
  return `${file}: "module": "${module}" without "moduleResolution" does not find "taskwire/generated", which generated code imports, before TypeScript 6; ${set}`;
}

/** From the folder upwards to the first that exists, or to the root. */
function tsconfigsAbove(out: string): string[] {
  const files: string[] = [];
  for (let folder = path.resolve(out); ; folder = path.dirname(folder)) {
    const file = path.join(folder, "tsconfig.json");
    files.push(file);
    if (folder === path.dirname(folder) || existsSync(file)) return files;
  }
}
