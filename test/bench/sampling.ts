import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "taskwire";
import { CHUNK_SIZE, full, HOUR, rateKeys, sortByVolume, type VolumeRecord } from "taskwire/sampling";
import { COUNTED_UNTIL } from "../../examples/sampling/flights.js";
import { STORE_VARIABLE } from "../../examples/sampling/process-ports.js";
import { SamplingDatabase } from "../../examples/sampling/sqlite/database.js";
import { environments } from "../../generated/environments.js";
import { dynamicSampling } from "../../generated/index.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import { until } from "../support/waiting.js";

const HANDLERS = fileURLToPath(new URL("../../examples/handlers.js", import.meta.url));
const CLASSES = [10, 1000, 100_000];
/** Classes that each size goes through in all. */
const MODEL_WORK = 2_000_000;
const ORGANIZATIONS = 1000;
const PROJECTS = 100;

/**
 * The full model with its sort, over lists of 10, 1,000 and 100,000 classes; `perNLogN` is the time divided by n log n, and
 * stays about the same, or falls, when the time grows no faster.
 */
export function samplingModel(): Promise<object> {
  const sizes = CLASSES.map((size) => {
    const classes = Array.from({ length: size }, (_, id) => ({ id, count: 1 + ((id * 7919) % 100_003) }));
    const run = () => full<number>().run({ classes: sortByVolume(classes), sampleRate: 0.1, intensity: 0.8 });
    run();
    const runs = MODEL_WORK / size;
    const start = performance.now();
    for (let count = 0; count < runs; count += 1) run();
    const nanoseconds = ((performance.now() - start) / runs) * 1e6;
    return {
      classes: size,
      milliseconds: rounded(nanoseconds / 1e6, 4),
      perNLogN: rounded(nanoseconds / (size * Math.log2(size)), 2),
    };
  });
  return Promise.resolve({ unit: "ns / (n log2 n)", sizes });
}

/** `boost_low_volume_projects` over 100,000 projects in 1,000 organizations: log, broker, worker, SQLite volumes and rates. */
export async function samplingSystem(): Promise<object> {
  const variables: NodeJS.ProcessEnv = {};
  await using harness = new ProcessHarness(environments.local, HANDLERS, variables);
  const path = join(harness.data, "sampling.db");
  variables[STORE_VARIABLE] = path;
  using database = new SamplingDatabase(path);
  for (let org = 1; org <= ORGANIZATIONS; org += 1) {
    const ids = Array.from({ length: PROJECTS }, (_, at) => org * PROJECTS + at);
    database.organizations.add([{ id: org, name: `${org}`, projects: ids.map((id) => ({ id, name: `${id}` })) }]);
    database.volumes.record(ids.map((id) => record(org, id, "t", 1 + ((id * 7919) % 100_003))));
  }
  await harness.broker();
  await harness.worker("--concurrency", "8");
  await using client = await connect(environments.local, { dataFolder: harness.data });
  void client;
  const start = performance.now();
  await dynamicSampling.boostLowVolumeProjects.delay();
  await until(async () => ((await harness.status()).ended.completed === ORGANIZATIONS + 1 ? true : undefined));
  const seconds = (performance.now() - start) / 1000;
  let rates = 0;
  for (let org = 1; org <= ORGANIZATIONS; org += 1) rates += database.rates.getHash(rateKeys.projectRates(org)).size;
  return {
    unit: "projects/s",
    rate: Math.round(rates / seconds),
    seconds: rounded(seconds, 2),
    complete: rates === ORGANIZATIONS * PROJECTS,
  };
}

const ROW_ORGS = 2000;
const ROW_PROJECTS = 50;
const ROW_NAMES = 100;

/** The queries of one batch over SQLite volumes of 10 million rows: 2,000 organizations, 100,000 projects, 100 names each. */
export async function samplingRows(): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-"));
  try {
    const path = join(folder, "sampling.db");
    using database = new SamplingDatabase(path, { volumesUntil: () => COUNTED_UNTIL });
    const start = performance.now();
    for (let org = 1; org <= ROW_ORGS; org += 1) {
      const records: VolumeRecord[] = [];
      for (let at = 0; at < ROW_PROJECTS; at += 1)
        for (let name = 0; name < ROW_NAMES; name += 1)
          records.push(record(org, org * ROW_PROJECTS + at, `transaction-${name}`, 1 + ((name * 7919 + at) % 1009)));
      database.volumes.record(records);
    }
    const loadSeconds = rounded((performance.now() - start) / 1000, 1);
    const window = { interval: HOUR, granularity: HOUR, offset: 0, limit: CHUNK_SIZE + 1 };
    const orgs = Array.from({ length: 100 }, (_, at) => 1000 + at);
    const { volumes } = database;
    const milliseconds = {
      activeOrgs: timed(() => volumes.activeOrgs(window)),
      orgVolumes: timed(() => volumes.orgVolumes({ ...window, interval: 300, granularity: 60, orgs: null })),
      projectCountsOf100Orgs: timed(() => volumes.projectCounts({ ...window, orgs, measure: "transactions" })),
      transactionTotalsOf100Orgs: timed(() => volumes.transactionTotals({ ...window, orgs })),
      /** All pages. */
      transactionVolumesOf100Orgs: timed(() => {
        const rows: unknown[] = [];
        for (let offset = 0, came = CHUNK_SIZE + 1; came > CHUNK_SIZE; offset += CHUNK_SIZE) {
          const page = volumes.transactionVolumes({ ...window, offset, orgs, large: true, max: 30 });
          came = page.length;
          rows.push(...page.slice(0, CHUNK_SIZE));
        }
        return rows;
      }),
    };
    const rows = ROW_ORGS * ROW_PROJECTS * ROW_NAMES;
    return { unit: "ms", rows, loadSeconds, mebibytes: Math.round(statSync(path).size / 2 ** 20), milliseconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function timed(run: () => readonly unknown[]): {
  readonly rows: number;
  readonly first: number;
  readonly again: number;
} {
  const once = () => {
    const start = performance.now();
    const rows = run().length;
    return { rows, took: rounded(performance.now() - start, 1) };
  };
  const { rows, took: first } = once();
  return { rows, first, again: once().took };
}

function record(orgId: number, projectId: number, name: string, total: number): VolumeRecord {
  return { measure: "transactions", orgId, projectId, name, at: COUNTED_UNTIL, total, keep: 0 };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
