import { ts } from "ts-morph";

/**
 * The source files that a module imports, directly or not, itself included: tests and other programs of the project have
 * handlers of their own. Dynamic imports and re-exports count; packages and generated files do not.
 */
export function reachableFrom(
  entry: string,
  files: readonly string[],
  options: ts.CompilerOptions,
): ReadonlySet<string> {
  const real = (file: string) => ts.sys.realpath?.(file) ?? file;
  const byRealPath = new Map(files.map((file) => [real(file), file]));
  const found = new Set<string>();
  const waiting = [byRealPath.get(real(entry))];
  for (let file = waiting.pop(); waiting.length > 0 || file !== undefined; file = waiting.pop()) {
    if (file === undefined || found.has(file)) continue;
    found.add(file);
    const { importedFiles } = ts.preProcessFile(ts.sys.readFile(file) ?? "", true, true);
    for (const { fileName } of importedFiles) {
      const { resolvedModule } = ts.resolveModuleName(fileName, file, options, ts.sys);
      if (resolvedModule !== undefined) waiting.push(byRealPath.get(real(resolvedModule.resolvedFileName)));
    }
  }
  return found;
}
