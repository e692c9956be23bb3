// Writes what is printed from the language: `node codegen/language/print.mjs` (after `npx tsc -b codegen`). Read the diff.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { printed } from "../dist/language/printed/printed.js";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
for (const [file, text] of printed()) await writeFile(path.join(root, file), text);
