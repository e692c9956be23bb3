import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../support/waiting.js";

const WORKER = join(import.meta.dirname, "../../../../../test/bench/peers/adapters/python_worker.py");
/** The package of Python's worker. */
export const PYTHON_PACKAGE = "taskbroker-client==0.20.30";
export const PYTHON_RUNS = 2000;
const LOOK_MS = 20;
/** Runs before the clock starts. */
const WARM = 200;

/** Runs a second of Python's worker with two processes. Throws unless each activation ran exactly once. */
export async function pythonRate(who: string, python: string, address: string): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-python-"));
  const file = join(folder, "runs");
  const worker = spawn(python, [WORKER, address], {
    env: { ...process.env, TASKWIRE_BENCH_RUNS: file },
    stdio: "ignore",
  });
  const ended = once(worker, "exit");
  const failed = ended.then(() => Promise.reject(new Error(`${who}: Python's worker has ended`)));
  const ids = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
  const reached = (count: number) =>
    Promise.race([
      until(() => {
        const { length } = ids();
        return length >= count ? { length, at: performance.now() } : undefined;
      }, LOOK_MS),
      failed,
    ]);
  try {
    const from = await reached(WARM);
    const to = await reached(PYTHON_RUNS);
    const all = ids();
    if (all.length !== PYTHON_RUNS || new Set(all).size !== PYTHON_RUNS)
      throw new Error(`${who}: ${PYTHON_RUNS} runs expected, ${all.length} of ${new Set(all).size} activations found`);
    return ((to.length - from.length) / (to.at - from.at)) * 1000;
  } finally {
    failed.catch(() => {});
    worker.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
