import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { withSection } from "../report/section.js";
import { type Flags, flagsOf, USAGE } from "./flags.js";
import { latencyChart, throughputChart } from "./page/charts.js";
import { figures, section, times } from "./page/markdown.js";
import type { Result } from "./page/result.js";
import { run } from "./run.js";

/** `npm run bench:peers`: progress on a terminal, the tables on stdout. */
const DOCS = resolve(import.meta.dirname, "../../../../docs/reference");
const FOLDER = "performance";

function flags(): Flags {
  try {
    return flagsOf(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`bench:peers: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}

function writePage(result: Result): void {
  mkdirSync(join(DOCS, FOLDER), { recursive: true });
  const charts = { throughput: `${FOLDER}/throughput.svg`, latency: `${FOLDER}/latency.svg` };
  writeFileSync(join(DOCS, charts.throughput), throughputChart(result));
  writeFileSync(join(DOCS, charts.latency), latencyChart(result));
  const page = join(DOCS, "performance.md");
  writeFileSync(page, withSection(readFileSync(page, "utf8"), "peers", section(result, charts)));
}

const { json, from, write, ...rest } = flags();
const progress = (what: string) => {
  if (process.stderr.isTTY) process.stderr.write(`bench:peers: ${what}\n`);
};
const result: Result =
  from === undefined
    ? await run({ json, from, write, ...rest }, progress)
    : JSON.parse(readFileSync(resolve(from), "utf8"));
if (json !== undefined) writeFileSync(resolve(json), `${JSON.stringify(result, undefined, 2)}\n`);
if (write) writePage(result);
process.stdout.write(`${figures(result)}\n\n${times(result)}\n`);
for (const each of result.missing) process.stderr.write(`bench:peers: not measured: ${each}\n`);
process.exit(0);
