// Checks what holds over the whole source: the walls between rooms (rules.cjs), no circle of imports, no export that
// nobody uses, no product file that is too long. Usage: node test/walls/check.mjs [ROOT]
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { checkExports } from "./exports.mjs";
import { checkImports } from "./imports.mjs";
import { checkSizes } from "./sizes.mjs";

const root = resolve(process.argv[2] ?? ".");
// What still waits for its repair: names of exports, and names of files that are too long.
const baseline = JSON.parse(readFileSync(new URL("baseline.json", import.meta.url), "utf8"));
const walls = checkImports(root);
const exports = checkExports(root);
const unused = exports.problems.filter(({ name }) => !baseline.exports.includes(name));
const long = checkSizes(root).filter(({ file }) => !baseline.sizes.includes(basename(file)));

for (const { message } of walls.warnings) console.log(`not yet forbidden: ${message}`);
const problems = [...walls.problems, ...unused, ...long];
for (const { message } of problems) console.error(message);
if (problems.length === 0)
  console.log(`import walls hold: ${walls.modules} modules, ${walls.edges} imports; ${exports.count} exports are used`);
process.exitCode = problems.length === 0 ? 0 : 1;
