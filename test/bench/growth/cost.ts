import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EnvironmentModel } from "taskwire/model";
import { encodeActivation, NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { newId } from "#runtime/base/ids.js";
import { openLog } from "#runtime/log/open.js";
import type { Log } from "#runtime/log/port.js";
import { ProcessHarness } from "../../support/harness/process-harness.js";
import type { Running } from "../../support/processes/command.js";
import { until } from "../../support/waiting.js";
import { TALLY_VARIABLE } from "../peers/programs/tally.js";
import { countsIn, exactlyOnce, runsIn } from "../peers/tallies.js";
import { processTime } from "../processes.js";
import { type Size, WARM } from "./axes.js";
import { encoded, TASKS_VARIABLE, taskName } from "./tasks.js";

const HANDLERS = fileURLToPath(new URL("./handlers.js", import.meta.url));
/** Appended with one call, bytes and records. */
const BATCH_BYTES = 8 * 2 ** 20;
const BATCH = 1000;
const LOOK_MS = 5;

/** Microseconds of processor time for each activation. */
export interface Cost {
  readonly broker: number;
  readonly worker: number;
}

/** What activations cost a broker and workers that have warmed up. Throws unless each ran exactly once. */
export async function costOf(size: Size, on: EnvironmentModel): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-tally-"));
  const variables = { [TALLY_VARIABLE]: folder, [TASKS_VARIABLE]: String(size.tasks) };
  try {
    await using harness = new ProcessHarness(on, HANDLERS, variables);
    const broker = await harness.broker();
    const flags = ["--isolation", "none", "--concurrency", "64"];
    const workers = await Promise.all(Array.from({ length: size.workers }, () => harness.worker(...flags)));
    const [cluster] = on.clusters;
    if (cluster === undefined) throw new Error("the environment has no cluster");
    const log = await openLog(cluster, harness.data, on.name);
    const bursts = new Bursts(size, log, harness, folder);
    await bursts.run(Math.min(WARM, size.measured));
    const before = [cpu([broker]), cpu(workers)] as const;
    await bursts.run(size.measured);
    const cost = {
      broker: each(cpu([broker]) - before[0], size.measured),
      worker: each(cpu(workers) - before[1], size.measured),
    };
    await log.close();
    const { counts } = await until(() => countsIn(folder));
    exactlyOnce("growth", bursts.sent, counts);
    return cost;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU seconds of all of them so far. */
function cpu(processes: readonly Running[]): number {
  return processes.reduce((sum, { pid }) => sum + processTime(pid), 0);
}

function each(seconds: number, count: number): number {
  return Math.round((seconds / count) * 1e7) / 10;
}

class Bursts {
  readonly #size: Size;
  readonly #log: Log;
  readonly #harness: ProcessHarness;
  readonly #folder: string;
  readonly #data: Uint8Array;
  #sent = 0;

  constructor(size: Size, log: Log, harness: ProcessHarness, folder: string) {
    this.#size = size;
    this.#log = log;
    this.#harness = harness;
    this.#folder = folder;
    this.#data = randomBytes(size.bytes);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Appends bursts until this many more have run, each burst when the one before is settled. */
  async run(count: number): Promise<void> {
    for (const end = this.#sent + count; this.#sent < end; ) {
      await this.#append(Math.min(this.#size.burst, end - this.#sent));
      await until(() => runsIn(this.#folder).ran >= this.#sent, LOOK_MS);
      await until(async () => (await this.#harness.status()).ended.completed === this.#sent, LOOK_MS);
    }
  }

  async #append(count: number): Promise<void> {
    const most = Math.max(1, Math.min(BATCH, Math.floor(BATCH_BYTES / this.#size.bytes)));
    for (let left = count; left > 0; left -= most) {
      const records = Array.from({ length: Math.min(most, left) }, () => this.#record());
      await this.#log.append("bench", records);
    }
  }

  #record() {
    const n = this.#sent;
    this.#sent += 1;
    return {
      value: encodeActivation({
        id: newId(),
        namespace: "bench",
        task: taskName(n % this.#size.tasks),
        application: "bench",
        headers: new Map(),
        receivedAt: Date.now(),
        parameters: encoded(n, this.#data),
        retry: NO_RETRY_STATE,
        deadline: 30,
        expires: undefined,
        delay: undefined,
      }),
    };
  }
}
