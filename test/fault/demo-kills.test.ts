import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "taskwire";
import { describe, expect, it } from "vitest";
import { freePort } from "../../examples/demo/free-port.js";
import { repositoryPaths } from "../../examples/demo/paths.js";
import { Receiver } from "../../examples/demo/receiver.js";
import { ratesHash } from "../../examples/demo/result.js";
import { startBrokerProcess, startWorkerProcess } from "../../examples/demo/topology.js";
import { balance } from "../../examples/sampling/balance.js";
import { readFlights } from "../../examples/sampling/flights.js";
import type { StoredRate } from "../../examples/sampling/rate-store.js";
import { SqliteStore } from "../../examples/sampling/sqlite-store.js";
import { environments } from "../../generated/environments.js";
import { dynamicSampling } from "../../generated/index.js";
import { until } from "../support/bed.js";

const LINUX = process.platform === "linux";

/** Child processes of a process, by Linux's own list. */
function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return list
    .split(" ")
    .filter((child) => child !== "")
    .map(Number);
}

function killOne(pids: readonly number[]): void {
  const [pid] = pids;
  if (pid === undefined) throw new Error("there is no process to kill");
  process.kill(pid, "SIGKILL");
}

/** What the demo must store, computed without any task. */
function expectedHash(store: SqliteStore): string {
  const rates: StoredRate[] = store.organizations().flatMap(({ organization, projects }) =>
    balance(projects, (error) => {
      throw error;
    }).map(({ project, rate }) => ({ organization, project, rate })),
  );
  const order = ({ organization, project }: StoredRate) => `${organization}\0${project}`;
  return ratesHash(rates.sort((a, b) => (order(a) < order(b) ? -1 : 1)));
}

describe("kill -9 in the demo's work", () => {
  it.skipIf(!LINUX)(
    "of a worker's child, the broker and the supervisor: every rate and webhook is there all the same (needs Linux's /proc)",
    async () => {
      const data = mkdtempSync(join(tmpdir(), "taskwire-kills-"));
      const paths = repositoryPaths();
      try {
        using store = new SqliteStore(join(data, "sampling.db"));
        store.loadVolumes(readFlights(paths.flights));
        await using receiver = await Receiver.start();
        const address = `127.0.0.1:${await freePort()}`;
        const worker = () =>
          startWorkerProcess({ paths, data, broker: address, store: store.path, webhook: receiver.url });
        const broker = startBrokerProcess({ paths, data, broker: address });
        await using _broker = broker;
        await broker.ready();
        await using first = worker();
        await first.ready();
        await using _client = await connect(environments.local, { dataFolder: data });
        await dynamicSampling.boostLowVolumeProjects.delay();

        await until(() => store.rateCount() > 0, 1);
        killOne(childrenOf(first.pid ?? 0));
        await until(() => store.rateCount() > 60, 1);
        broker.kill("SIGKILL");
        await broker.ended;
        await using again = startBrokerProcess({ paths, data, broker: address });
        await again.ready();
        await until(() => receiver.delivered.size > 5, 1);
        first.kill("SIGKILL");
        await first.ended;
        await using second = worker();
        await second.ready();

        await until(() => store.rateCount() === 299 && receiver.delivered.size === 51);
        expect(ratesHash(store.rates())).toBe(expectedHash(store));
      } finally {
        rmSync(data, { recursive: true, force: true });
      }
    },
    90_000,
  );
});
