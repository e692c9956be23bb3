import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { processTime } from "./processes.js";

const OWN = resolve(import.meta.dirname, "../../..");
const ROUNDS = 9;
const HANDLERS = join(OWN, "dist/examples/handlers.js");
const READY = /"message":"(broker|worker) is ready"/;

/** Milliseconds. */
type Times = Record<"broker" | "worker", number[]>;

/**
 * Processor time (user and system, of the process without its children) until a broker and a worker are ready, medians of
 * nine. TASKWIRE_BENCH_BASE names another checkout, built, that is measured by turns with this one.
 */
export async function startCpu(): Promise<object> {
  const base = process.env.TASKWIRE_BENCH_BASE;
  const checkouts = base === undefined ? [OWN] : [resolve(base), OWN];
  const measured = checkouts.map((checkout) => ({ checkout, times: noTimes() }));
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { checkout, times } of measured) {
      const [broker, worker] = await startBoth(checkout);
      // The first round brings the files into memory.
      if (round === 0) continue;
      times.broker.push(broker);
      times.worker.push(worker);
    }
  }
  const result = measured.map(({ times }) => ({ broker: median(times.broker), worker: median(times.worker) }));
  return base === undefined ? { milliseconds: result[0] } : { baseMilliseconds: result[0], milliseconds: result[1] };
}

async function startBoth(checkout: string): Promise<[broker: number, worker: number]> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-start-"));
  writeFileSync(join(folder, "package.json"), "{}");
  const model = join(checkout, "generated/taskwire.json");
  const data = ["--data", join(folder, "data")];
  const running: ChildProcess[] = [];
  try {
    const broker = ["broker", "--model", model, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", ...data];
    const worker = ["worker", "--handlers", HANDLERS, "--broker", "127.0.0.1:1", "--children", "1", ...data];
    return [await readyAfter(checkout, broker, folder, running), await readyAfter(checkout, worker, folder, running)];
  } finally {
    await Promise.all(running.map(ended));
    rmSync(folder, { recursive: true, force: true });
  }
}

function readyAfter(checkout: string, args: readonly string[], cwd: string, running: ChildProcess[]): Promise<number> {
  const child = spawn(process.execPath, [join(checkout, "runtime/bin/taskwire.js"), ...args], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TASKWIRE_ENV: "local" },
  });
  running.push(child);
  return new Promise((done, failed) => {
    let said = "";
    child.stderr?.on("data", (bytes: Buffer) => {
      said += String(bytes);
      if (!READY.test(said)) return;
      done(Math.round(processTime(child.pid ?? 0) * 1000));
    });
    child.once("exit", (code) => failed(new Error(`taskwire ${args[0]} ended with ${code}:\n${said}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done();
    else {
      child.once("exit", () => done());
      child.kill("SIGKILL");
    }
  });
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function noTimes(): Times {
  return { broker: [], worker: [] };
}
