import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, vi } from "vitest";
import type { WorkerOptions } from "#runtime/worker/options.js";
import { startWorker, type Worker } from "#runtime/worker/worker.js";
import { alive } from "../../support/processes/operating-system.js";
import { FakeBroker } from "./fake-broker.js";

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

const workers: Worker[] = [];
const folders: string[] = [];

afterEach(async () => {
  const pids = workers.flatMap((worker) => worker.stats().children.pids);
  await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  expect(pids.filter(alive)).toEqual([]);
});

interface Started {
  readonly worker: Worker;
  readonly broker: FakeBroker;
}

/** A worker over the fixtures' handlers and a broker in memory; stopped after the test. */
export async function start(options: Partial<WorkerOptions> = {}): Promise<Started> {
  const broker = new FakeBroker();
  const worker = await startWorker({
    handlersModule: fixture("handlers.mjs"),
    sessions: [{ name: "fake", port: broker }],
    concurrency: 4,
    children: 1,
    isolation: "process",
    drainGrace: 0,
    ...options,
  });
  workers.push(worker);
  await worker.ready;
  return { worker, broker };
}

/** Files through which a run is watched and held. */
export function files(): { log: string; gate: string; lines: () => string[]; open: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-worker-"));
  folders.push(folder);
  const log = join(folder, "log");
  const gate = join(folder, "gate");
  return {
    log,
    gate,
    lines: () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").filter(Boolean) : []),
    open: () => writeFileSync(gate, ""),
  };
}

export function eventually<T>(check: () => T): Promise<T> {
  return vi.waitFor(check, { timeout: 120_000, interval: 5 });
}

export async function outcome(broker: FakeBroker, id: string) {
  return eventually(() => {
    const found = broker.outcomes.get(id);
    if (found === undefined) throw new Error(`no outcome of ${id} yet`);
    return found;
  });
}
