import { renameSync, writeFileSync } from "node:fs";
import * as $ from "taskwire/generated";
import { bench, type Report, type Stamp, type Wait } from "./tasks.js";

/** A run of `waits` whose signal was aborted. */
export interface Aborted {
  readonly n: number;
  /** Nanoseconds of the monotonic clock. */
  readonly at: string;
}

/** Latencies in milliseconds, of this process. */
const latencies: number[] = [];
const aborted: Aborted[] = [];

export default $.registry("bench", {
  bench: {
    tasks: bench,
    handlers: {
      noop: () => {},
      blob: () => {},
      stamp: ({ sent }: Stamp) => {
        latencies.push((Number(process.hrtime.bigint()) - sent) / 1e6);
      },
      /** Renamed into place, so that who waits for the file reads all of it. */
      report: ({ file }: Report) => {
        writeFileSync(`${file}.part`, JSON.stringify(latencies.splice(0)));
        renameSync(`${file}.part`, file);
      },
      /** Ends when it is aborted. */
      waits: ({ n }: Wait, { signal }: { readonly signal: AbortSignal }) =>
        new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => {
            aborted.push({ n, at: String(process.hrtime.bigint()) });
            resolve();
          });
        }),
      aborts: ({ file }: Report) => {
        writeFileSync(`${file}.part`, JSON.stringify(aborted.splice(0)));
        renameSync(`${file}.part`, file);
      },
    },
  },
});
