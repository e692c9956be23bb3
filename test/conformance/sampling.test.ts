import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryRateStore, MemoryVolumeSource } from "#runtime/sampling/index.js";
import { SamplingDatabase } from "../../examples/sampling/sqlite/database.js";
import { rateStoreConformance, UNTIL, volumeSourceConformance } from "./sampling-conformance.js";

function sqlite() {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-sampling-"));
  let now = 0;
  const database = new SamplingDatabase(join(folder, "sampling.db"), { volumesUntil: () => UNTIL, now: () => now });
  return {
    source: database.volumes,
    store: database.rates,
    setNow: (to: number) => {
      now = to;
    },
    close: () => {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

volumeSourceConformance("memory", () => ({ source: new MemoryVolumeSource(() => UNTIL), close: () => {} }));
volumeSourceConformance("sqlite", sqlite);

rateStoreConformance("memory", () => {
  let now = 0;
  return {
    store: new MemoryRateStore(() => now),
    setNow: (to) => {
      now = to;
    },
    close: () => {},
  };
});
rateStoreConformance("sqlite", sqlite);
