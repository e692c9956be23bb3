import path from "node:path";
import { ts } from "ts-morph";

/** ".ts" when the tsconfig that covers the output folder lets TypeScript files be imported by their own names. */
export function importExtensionFor(out: string): ".js" | ".ts" {
  const file = ts.findConfigFile(out, ts.sys.fileExists);
  if (file === undefined) return ".js";
  const { config } = ts.readConfigFile(file, ts.sys.readFile);
  const host = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, path.dirname(file));
  return options.allowImportingTsExtensions === true || options.rewriteRelativeImportExtensions === true
    ? ".ts"
    : ".js";
}
