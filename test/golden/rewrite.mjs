// Writes what codegen makes of every case as its expectation: `node test/golden/rewrite.mjs [CASE ...]`. Read the diff.
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { cases, golden, runCase } from "./run-case.mjs";

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : await cases()) {
  const { stderr, tree } = await runCase(name);
  const folder = path.join(golden, name);
  await rm(path.join(folder, "expected"), { recursive: true, force: true });
  await rm(path.join(folder, "stderr.txt"), { force: true });
  if (stderr !== undefined) await writeFile(path.join(folder, "stderr.txt"), stderr);
  for (const [file, text] of Object.entries(tree ?? {})) {
    const target = path.join(folder, "expected", file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
  console.log(`${name}: ${stderr === undefined ? `${Object.keys(tree).length} files` : "problems"}`);
}
