// Checks the import walls of rules.cjs over runtime, codegen, generated, examples. It fails when it saw fewer modules
// than there are files: a checker that resolves nothing would pass silently. Usage: node test/walls/check.mjs [ROOT]
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(process.argv[2] ?? ".");
const folders = ["runtime", "codegen", "generated", "examples"];

function sources(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.name === "dist" || entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.ts$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

const present = folders.flatMap((folder) => {
  try {
    return sources(join(root, folder));
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw error;
  }
});
const cruiser = new URL("../../node_modules/dependency-cruiser/bin/dependency-cruise.mjs", import.meta.url).pathname;
// It ends with the number of violations as its exit code; what it found is in its output.
const { stdout, stderr } = spawnSync(
  process.execPath,
  [
    cruiser,
    "--config",
    new URL("rules.cjs", import.meta.url).pathname,
    "--output-type",
    "json",
    ...folders.filter((folder) => existsSync(join(root, folder))),
  ],
  { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 },
);
if (stdout === "") throw new Error(`dependency-cruiser found nothing to say: ${stderr}`);
const { modules, summary } = JSON.parse(stdout);
const seen = new Set(
  modules
    .filter((module) => !module.coreModule && !module.couldNotResolve)
    .map((module) => resolve(root, module.source)),
);
const missed = present.filter((path) => !seen.has(path));
const unresolved = modules
  .filter((module) => module.couldNotResolve && /^[.#]/.test(module.source))
  .map((module) => module.source);
const edges = modules.reduce((sum, module) => sum + module.dependencies.length, 0);

for (const { rule, from, to } of summary.violations)
  console.error(`${from} -> ${to}: ${rule.name} (see test/walls/rules.cjs)`);
for (const path of missed) console.error(`the wall checker did not see ${path}`);
for (const source of unresolved) console.error(`the wall checker could not resolve ${source}`);
if (present.length === 0 || edges < present.length)
  console.error(`the wall checker saw ${edges} imports in ${present.length} files: it resolves nothing`);
const failed =
  summary.violations.length > 0 ||
  missed.length > 0 ||
  unresolved.length > 0 ||
  present.length === 0 ||
  edges < present.length;
if (!failed) console.log(`import walls hold: ${present.length} modules, ${edges} imports`);
process.exitCode = failed ? 1 : 0;
