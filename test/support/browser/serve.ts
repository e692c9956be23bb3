import { Bed, STATES } from "./bed.js";

/*
 * node dist/test/support/browser/serve.js [PORT] [--fixed]: the built console with the night's data, one address for each
 * state. Times count from the start; --fixed: from the night of the tests, for pictures.
 */
const args = process.argv.slice(2);
const fixed = args.includes("--fixed");
const port = Number(args.find((arg) => /^\d+$/.test(arg)) ?? 0);
const started = Math.floor(Date.now() / 1000) * 1000;

const bed = await Bed.start({ port, moving: !fixed, ...(fixed ? {} : { now: () => started }) });
for (const state of STATES) process.stdout.write(`${state.padEnd(12)} ${bed.stand(`/${state}/`, state).address}\n`);
