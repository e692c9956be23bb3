// Writes the program of the embedded log's thread into runtime/dist/log/sqlite/thread-text.js, for producers that are
// bundled. Runs after the compiler; `node embed.mjs [DIST]`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const dist = process.argv[2] ?? fileURLToPath(new URL("runtime/dist", import.meta.url));
const folder = join(dist, "log/sqlite");
const { outputFiles } = await build({
  entryPoints: [join(folder, "thread.js")],
  bundle: true,
  write: false,
  minify: true,
  legalComments: "none",
  platform: "node",
  target: "node20.19",
  format: "cjs",
});
const text = `export const THREAD_TEXT = ${JSON.stringify(outputFiles[0].text)};\n`;
const file = join(folder, "thread-text.js");
// An unchanged file keeps its time, by which the compiler knows what is up to date.
if (readFileSync(file, "utf8") !== text) writeFileSync(file, text);
