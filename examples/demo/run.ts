import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "taskwire";
import { environments } from "../../generated/environments.js";
import { COUNTED_UNTIL, type FlightVolumes, flightVolumes, readFlights } from "../sampling/flights.js";
import { SamplingDatabase } from "../sampling/sqlite/database.js";
import type { BrokerStatus } from "./broker-status.js";
import { chartSvg } from "./chart.js";
import type { DemoConsole } from "./console.js";
import { freePort } from "./free-port.js";
import { interruption } from "./interruption.js";
import { ratesHash, readOutcomes } from "./outcome.js";
import { type Paths, repositoryPaths } from "./paths.js";
import { PHASES, runPhases } from "./phases.js";
import { bar, type Progress } from "./progress.js";
import { Receiver } from "./receiver.js";
import { type OrganizationResult, resultsOf, type Summary } from "./result.js";
import { startBrokerProcess, startWorkerProcess } from "./topology.js";

export interface DemoResult {
  readonly organizations: readonly OrganizationResult[];
  readonly summary: Summary;
}

/** A fresh, empty data folder. */
export function newDataFolder(): string {
  return mkdtempSync(join(tmpdir(), "taskwire-demo-"));
}

/** The demo's database in `data`, with the flights loaded. Exported for tests. */
export function openDatabase(data: string, { organizations, records }: FlightVolumes): SamplingDatabase {
  const database = new SamplingDatabase(join(data, "sampling.db"), { volumesUntil: () => COUNTED_UNTIL });
  database.organizations.add(organizations);
  database.volumes.record(records);
  return database;
}

/** How the console of a run is shown. */
interface ConsoleOptions {
  readonly console: DemoConsole;
  /** Called when the broker serves it, and again with the result, after which it stays up until this process is interrupted. */
  readonly show: (link: string, result?: DemoResult) => void;
}

/**
 * Runs the whole path once in `data`: volumes are loaded, broker and worker started, the four sampling tasks sent, and
 * everything that follows from them awaited. Ends what it started, whatever happens. Throws DemoError, ProcessError and
 * errors of the files.
 */
export async function runDemo(data: string, progress: Progress, console?: ConsoleOptions): Promise<DemoResult> {
  const paths = repositoryPaths();
  const { interrupted, release } = interruption();
  try {
    return await withServices(paths, data, progress, interrupted, console);
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
  served: ConsoleOptions | undefined,
): Promise<DemoResult> {
  progress.show("loading a year of flights");
  const flights = flightVolumes(readFlights(paths.flights));
  using database = openDatabase(data, flights);

  await using receiver = await Receiver.start();
  const address = `127.0.0.1:${await freePort()}`;
  const http = `127.0.0.1:${await freePort()}`;
  progress.show("starting a broker and a worker");
  await using broker = startBrokerProcess({ paths, data, broker: address, http, console: served?.console });
  await Promise.race([broker.ready(), interrupted]);
  const link = served?.console.link(http) ?? "";
  progress.end();
  served?.show(link);
  await using worker = startWorkerProcess({
    paths,
    data,
    broker: address,
    store: database.path,
    webhook: receiver.url,
  });
  await Promise.race([worker.ready(), broker.failure(), interrupted]);

  const abort = new AbortController();
  const work = async () => {
    await using _client = await connect(environments.local, { dataFolder: data });
    const started = performance.now();
    const status = await runPhases({ http, token: served?.console.token, signal: abort.signal }, ({ title }, done) =>
      progress.show(`${bar("steps", done, PHASES.length)}  ${title}, ${receiver.delivered.size} webhooks delivered`),
    );
    return { seconds: (performance.now() - started) / 1000, status };
  };
  const working = work();
  try {
    const { seconds, status } = await Promise.race([working, broker.failure(), worker.failure(), interrupted]);
    const outcomes = await readOutcomes(flights.organizations, database.rates);
    const projects = flights.organizations.flatMap((organization) => organization.projects);
    const names = new Map(projects.map(({ id, name }) => [id, name]));
    const organizations = resultsOf(outcomes, names, flights.records);
    const chart = join(data, "sampling.svg");
    writeFileSync(chart, chartSvg(organizations));
    const counts = { organizations: outcomes.length, projects: projects.length };
    const summary = { ...counts, ...throughput(status, seconds), ratesHash: ratesHash(outcomes), data, chart };
    progress.end();
    const result = { organizations, summary };
    served?.show(link, result);
    if (served !== undefined) await Promise.race([interrupted.catch(() => {}), broker.failure(), worker.failure()]);
    return result;
  } finally {
    abort.abort();
    await working.catch(() => {}); // The race threw its error, or a process that ended caused it.
  }
}

function throughput(
  { ended }: BrokerStatus,
  seconds: number,
): Pick<Summary, "activations" | "completed" | "retries" | "tasksPerSecond" | "seconds"> {
  const runs = [...ended.values()].reduce((sum, count) => sum + count, 0);
  const retries = ended.get("retried") ?? 0;
  const completed = ended.get("completed") ?? 0;
  return { activations: runs - retries, completed, retries, tasksPerSecond: runs / seconds, seconds };
}
