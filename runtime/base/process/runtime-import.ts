/** Packages with parts that no bundler can put into its output: native code, WebAssembly. */
interface Packages {
  readonly "better-sqlite3": { readonly default: typeof import("better-sqlite3") };
  readonly "@bokuweb/zstd-wasm": typeof import("@bokuweb/zstd-wasm");
  readonly "lz4-napi": typeof import("lz4-napi");
  readonly snappy: typeof import("snappy");
}

/**
 * Imports a package when it is needed, from where it is installed: bundlers do not see this import. `path`: its file, where
 * it is not found by its name.
 */
export async function importAtRunTime<Name extends keyof Packages>(
  name: Name,
  path: string = name,
): Promise<Packages[Name]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ path);
}
