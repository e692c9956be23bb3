#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  try {
    const { run } = await import(main.href);
    await run(process.argv);
  } catch (error) {
    if (error?.code !== "EMFILE") throw error;
    process.stderr.write(`taskwire: ${error.message} (raise \`ulimit -n\`)\n`);
    process.exitCode = 1;
  }
} else {
  process.stderr.write("taskwire: runtime/dist is missing; run `npm run build` in the repository first\n");
  process.exitCode = 1;
}
