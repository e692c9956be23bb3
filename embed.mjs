// Bundles the programs of the threads in runtime/dist. Each is written beside its module as NAME.bundle.cjs: a thread
// starts in about half the processor time from one CommonJS file. That of the embedded log is written into
// thread-source.js, too, for producers that are bundled. Runs after the compiler; `node embed.mjs [DIST]`.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const dist = process.argv[2] ?? fileURLToPath(new URL("runtime/dist", import.meta.url));
const LOG = "log/sqlite/thread/entry";
const THREADS = [LOG, "broker/journal/thread", "worker/lock/thread", "worker/child/watchdog"];

async function bundled(program, options = {}) {
  const { outputFiles } = await build({
    entryPoints: [join(dist, `${program}.js`)],
    bundle: true,
    write: false,
    legalComments: "none",
    platform: "node",
    target: "node20.19",
    format: "cjs",
    external: ["better-sqlite3"],
    // The watchdog is started by its own module, which names itself; in the thread nothing does.
    logOverride: { "empty-import-meta": "silent" },
    ...options,
  });
  return outputFiles[0].text;
}

// An unchanged file keeps its time, by which the compiler knows what is up to date.
function write(file, text) {
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

for (const program of THREADS) write(join(dist, `${program}.bundle.cjs`), await bundled(program));
const text = await bundled(LOG, { minify: true });
write(join(dist, "log/sqlite/thread-source.js"), `export const THREAD_SOURCE = ${JSON.stringify(text)};\n`);
