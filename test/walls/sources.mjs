import { readdirSync } from "node:fs";
import { join } from "node:path";

/** The paths of the source files below a folder, or none when there is no such folder. Declarations are not sources. */
export function sources(folder, extensions = /\.tsx?$/) {
  let entries;
  try {
    entries = readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return entries.flatMap((entry) => {
    if (entry.name === "dist" || entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path, extensions);
    return extensions.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}
