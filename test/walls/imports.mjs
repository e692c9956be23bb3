// Checks the import walls of rules.cjs by dependency-cruiser. It fails when it saw fewer modules than there are files: a
// checker that resolves nothing would pass silently.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sources } from "./sources.mjs";

const FOLDERS = ["runtime", "codegen", "console", "generated", "examples"];
const CRUISER = fileURLToPath(
  new URL("../../node_modules/dependency-cruiser/bin/dependency-cruise.mjs", import.meta.url),
);
const RULES = fileURLToPath(new URL("rules.cjs", import.meta.url));

/** A sentence for every import that the rules forbid, and the numbers of modules and imports. */
export function checkImports(root) {
  const { modules, summary } = cruise(root);
  const edges = modules.reduce((sum, module) => sum + module.dependencies.length, 0);
  const present = FOLDERS.flatMap((folder) => sources(join(root, folder)));
  const seen = new Set(
    modules
      .filter((module) => !module.coreModule && !module.couldNotResolve)
      .map((module) => resolve(root, module.source)),
  );
  const problems = summary.violations.map(({ rule, from, to, cycle }) => {
    const through = cycle?.map(({ name }) => name).join(" -> ") ?? to;
    return `${from} -> ${through}: ${rule.name} (see test/walls/rules.cjs)`;
  });
  for (const path of present) if (!seen.has(path)) problems.push(`the wall checker did not see ${path}`);
  for (const { couldNotResolve, source } of modules)
    if (couldNotResolve && /^[.#]/.test(source)) problems.push(`the wall checker could not resolve ${source}`);
  if (present.length === 0 || edges < present.length)
    problems.push(`the wall checker saw ${edges} imports in ${present.length} files: it resolves nothing`);
  return { problems, modules: present.length, edges };
}

function cruise(root) {
  const folders = FOLDERS.filter((folder) => existsSync(join(root, folder)));
  if (folders.length === 0) return { modules: [], summary: { violations: [] } };
  // Its exit code is the number of violations.
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [CRUISER, "--config", RULES, "--output-type", "json", ...folders],
    { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (stdout === "") throw new Error(`dependency-cruiser printed nothing: ${stderr}`);
  return JSON.parse(stdout);
}
