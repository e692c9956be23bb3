// Checks what holds over the whole source: the walls between rooms (rules.cjs), no circle of imports, no export that
// nobody uses, no product file that is too long. Usage: node test/walls/check.mjs [ROOT]
import { resolve } from "node:path";
import { checkExports } from "./exports.mjs";
import { checkImports } from "./imports.mjs";
import { checkSizes } from "./sizes.mjs";

const root = resolve(process.argv[2] ?? ".");
const walls = checkImports(root);
const exports = checkExports(root);
const problems = [...walls.problems, ...exports.problems, ...checkSizes(root)];
for (const message of problems) console.error(message);
if (problems.length === 0)
  console.log(`import walls hold: ${walls.modules} modules, ${walls.edges} imports; ${exports.count} exports are used`);
process.exitCode = problems.length === 0 ? 0 : 1;
