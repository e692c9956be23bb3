import { readFileSync } from "node:fs";

/** The version of a package of test/bench/peers/adapters that is installed. */
export function installedVersion(name: string): string {
  const file = new URL(`../../../../test/bench/peers/adapters/node_modules/${name}/package.json`, import.meta.url);
  const { version }: { readonly version: string } = JSON.parse(readFileSync(file, "utf8"));
  return version;
}
