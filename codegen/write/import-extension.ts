import path from "node:path";
import { ts } from "ts-morph";

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
  const file = ts.findConfigFile(out, ts.sys.fileExists);
  const looked = tsconfigsAbove(out, file);
  if (file === undefined) return { extension: ".js", files: looked };
  const source = ts.readJsonConfigFile(file, ts.sys.readFile);
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonSourceFileConfigFileContent(source, host, path.dirname(file));
  const lets = options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true;
  const extended = (source.extendedSourceFiles ?? []).map((one) => path.resolve(one));
  const warning = resolutionWarning(file, options);
  return {
    extension: lets ? ".ts" : ".js",
    files: [...new Set([...looked, ...extended])],
    ...(warning === undefined ? {} : { warning }),
  };
}

const { Classic, Node10 } = ts.ModuleResolutionKind;
const { AMD, CommonJS, System, UMD } = ts.ModuleKind;

/**
 * Generated code imports `taskwire/generated`, an entry that only resolution by package.json's `exports` finds. Before
 * TypeScript 6 the old way is the default of the old kinds of modules.
 */
function resolutionWarning(file: string, { module, moduleResolution, paths }: ts.CompilerOptions): string | undefined {
  if (paths !== undefined && "taskwire/generated" in paths) return undefined;
  const set =
    'set "module": "nodenext" and "moduleResolution": "nodenext", which emit CommonJS, too, in a package without "type": "module"';
  if (moduleResolution === Classic || moduleResolution === Node10) {
    const said = moduleResolution === Classic ? "classic" : "node";
    return `${file}: "moduleResolution": "${said}" does not find "taskwire/generated", which generated code imports; ${set}`;
  }
  const isOld = module === CommonJS || module === AMD || module === UMD || module === System;
  if (moduleResolution !== undefined || !isOld) return undefined;
  const said = ts.ModuleKind[module].toLowerCase();
  return `${file}: "module": "${said}" without "moduleResolution" does not find "taskwire/generated", which generated code imports, before TypeScript 6; ${set}`;
}

/** From the folder upwards to the one found, or to the root. */
function tsconfigsAbove(out: string, found: string | undefined): string[] {
  const files: string[] = [];
  for (let folder = path.resolve(out); ; folder = path.dirname(folder)) {
    files.push(path.join(folder, "tsconfig.json"));
    if (folder === path.dirname(folder) || files.at(-1) === (found && path.resolve(found))) return files;
  }
}
