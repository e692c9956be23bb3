import { readFileSync } from "node:fs";

/** The version of this package; "" when it was bundled into another one, which has another package.json or none. */
export function packageVersion(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    if (typeof manifest !== "object" || manifest === null) return "";
    return "name" in manifest && manifest.name === "taskwire" && "version" in manifest ? String(manifest.version) : "";
  } catch {
    return "";
  }
}
