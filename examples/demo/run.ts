import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "taskwire";
import { environments } from "../../generated/environments.js";
import { dynamicSampling } from "../../generated/index.js";
import { readFlights } from "../sampling/flights.js";
import { SqliteStore } from "../sampling/sqlite-store.js";
import type { BrokerStatus } from "./broker-status.js";
import { allDone, brokerQuiet } from "./completion.js";
import { freePort } from "./free-port.js";
import { interruption } from "./interruption.js";
import { type Paths, repositoryPaths } from "./paths.js";
import type { Progress } from "./progress.js";
import { Receiver } from "./receiver.js";
import { type OrganizationResult, ratesHash, resultsOf, type Summary } from "./result.js";
import { startBrokerProcess, startWorkerProcess } from "./topology.js";

/** For the work itself, milliseconds; the retry delays of the webhooks are part of it. */
const WORK_MS = 20_000;
/** From the last webhook until the broker holds nothing, milliseconds. */
const QUIET_MS = 5000;

export interface DemoResult {
  readonly organizations: readonly OrganizationResult[];
  readonly summary: Summary;
}

/** A fresh, empty data folder. */
export function newDataFolder(): string {
  return mkdtempSync(join(tmpdir(), "taskwire-demo-"));
}

/**
 * Runs the whole path once in `data`: volumes are loaded, broker and worker started, one activation sent, and everything that
 * follows from it awaited. Ends what it started, whatever happens. Throws DemoError, ProcessError and errors of the files.
 */
export async function runDemo(data: string, progress: Progress): Promise<DemoResult> {
  const paths = repositoryPaths();
  const { interrupted, release } = interruption();
  try {
    return await withServices(paths, data, progress, interrupted);
  } finally {
    progress.end();
    release();
  }
}

async function withServices(
  paths: Paths,
  data: string,
  progress: Progress,
  interrupted: Promise<never>,
): Promise<DemoResult> {
  progress.show("loading volumes");
  using store = new SqliteStore(join(data, "sampling.db"));
  store.loadVolumes(readFlights(paths.flights));
  const volumes = store.organizations();
  const projects = volumes.reduce((sum, organization) => sum + organization.projects.length, 0);

  await using receiver = await Receiver.start();
  const address = `127.0.0.1:${await freePort()}`;
  progress.show("starting broker and worker");
  await using broker = startBrokerProcess({ paths, data, broker: address });
  await Promise.race([broker.ready(), interrupted]);
  await using worker = startWorkerProcess({ paths, data, broker: address, store: store.path, webhook: receiver.url });
  await Promise.race([worker.ready(), broker.failure(), interrupted]);

  const abort = new AbortController();
  const work = async () => {
    await using _client = await connect(environments.local, { dataFolder: data });
    const started = performance.now();
    await dynamicSampling.boostLowVolumeProjects.delay();
    await allDone(
      { store, receiver, rates: projects, webhooks: volumes.length, timeout: WORK_MS },
      progress,
      abort.signal,
    );
    const seconds = (performance.now() - started) / 1000;
    progress.show("waiting for the broker to settle everything");
    return { seconds, status: await brokerQuiet(paths.cli, address, QUIET_MS, abort.signal) };
  };
  const working = work();
  try {
    const { seconds, status } = await Promise.race([working, broker.failure(), worker.failure(), interrupted]);
    const rates = store.rates();
    const counts = { organizations: volumes.length, projects: rates.length };
    const summary = { ...counts, ...throughput(status, seconds), ratesHash: ratesHash(rates), data };
    return { organizations: resultsOf(volumes, rates), summary };
  } finally {
    abort.abort();
    await working.catch(() => {}); // its error was thrown by the race, or a process's end was the cause of it
  }
}

function throughput(
  { ended }: BrokerStatus,
  seconds: number,
): Pick<Summary, "activations" | "retries" | "tasksPerSecond" | "seconds"> {
  const runs = [...ended.values()].reduce((sum, count) => sum + count, 0);
  const retries = ended.get("retried") ?? 0;
  return { activations: runs - retries, retries, tasksPerSecond: runs / seconds, seconds };
}
