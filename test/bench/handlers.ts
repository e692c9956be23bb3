import { renameSync, writeFileSync } from "node:fs";
import * as $ from "taskwire/generated";
import { bench, type Report, type Stamp } from "./tasks.js";

/** Latencies in milliseconds, of this process. */
const latencies: number[] = [];

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
    },
  },
});
