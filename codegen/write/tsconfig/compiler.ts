import path from "node:path";
import { typescript } from "../../typescript.js";
import type { ModuleSettings } from "./settings.js";

/** The settings of a tsconfig as tsc reads them. Loads TypeScript. */
export function compilerSettings(file: string): ModuleSettings {
  const ts = typescript();
  const source = ts.readJsonConfigFile(file, ts.sys.readFile);
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonSourceFileConfigFileContent(source, host, path.dirname(file));
  const { module, moduleResolution, paths } = options;
  return {
    importsTypeScript: options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true,
    module: module === undefined ? undefined : ts.ModuleKind[module].toLowerCase(),
    moduleResolution:
      moduleResolution === undefined ? undefined : ts.ModuleResolutionKind[moduleResolution].toLowerCase(),
    mapsGenerated: paths !== undefined && "taskwire/generated" in paths,
    extended: [...new Set((source.extendedSourceFiles ?? []).map((one) => path.resolve(one)))],
  };
}
