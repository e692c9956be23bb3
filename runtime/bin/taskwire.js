#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  const { run } = await import(main.href);
  await run(process.argv);
} else {
  process.stderr.write("taskwire: runtime/dist is missing; run `npm run build` in the repository first\n");
  process.exitCode = 1;
}
