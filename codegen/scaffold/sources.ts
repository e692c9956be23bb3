import path from "node:path";
import { ts } from "ts-morph";

/** The program's source files that may hold handlers, and how their imports are resolved. */
export interface Sources {
  readonly files: readonly string[];
  readonly options: ts.CompilerOptions;
  /** Undefined when no tsconfig.json covers the folder. */
  readonly tsconfig: string | undefined;
}

/** By the nearest tsconfig.json at or above the output folder and the projects it refers to, without the output folder's own files. */
export function sourcesFor(out: string, cwd: string): Sources {
  const tsconfig = ts.findConfigFile(out, ts.sys.fileExists);
  const found = tsconfig === undefined ? undefined : read(tsconfig, new Set());
  const all = found?.files ?? ts.sys.readDirectory(cwd, [".ts", ".mts"], ["node_modules", "dist"], undefined);
  const files = all
    .map((file) => path.resolve(file))
    .filter((file) => !isBelow(file, out) && !/\.d\.[cm]?ts$/.test(file));
  return { files: [...new Set(files)].sort(), options: found?.options ?? FALLBACK, tsconfig };
}

const FALLBACK: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
};

function read(file: string, seen: Set<string>): { files: string[]; options: ts.CompilerOptions } {
  seen.add(file);
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(config ?? {}, ts.sys, path.dirname(file), undefined, file);
  const referred = (parsed.projectReferences ?? [])
    .map((reference) => ts.resolveProjectReferencePath(reference))
    .filter((one) => ts.sys.fileExists(one) && !seen.has(one))
    .map((one) => read(one, seen));
  const options = parsed.fileNames.length > 0 ? parsed.options : (referred[0]?.options ?? parsed.options);
  return { files: [...parsed.fileNames, ...referred.flatMap(({ files }) => files)], options };
}

export function isBelow(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
}
