import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "taskwire";
import { expect, it, vi } from "vitest";
import { fetchBrokerStatus, isQuiet } from "../../examples/demo/broker-status.js";
import { ratesHash, readOutcomes } from "../../examples/demo/outcome.js";
import { repositoryPaths } from "../../examples/demo/paths.js";
import { PHASES } from "../../examples/demo/phases.js";
import { Receiver } from "../../examples/demo/receiver.js";
import { openDatabase } from "../../examples/demo/run.js";
import { startBrokerProcess, startWorkerProcess } from "../../examples/demo/topology.js";
import { type FlightVolumes, flightVolumes, readFlights } from "../../examples/sampling/flights.js";
import { environments } from "../../generated/environments.js";
import { freePort } from "../support/processes/operating-system.js";
import { ratedProjects } from "../support/rated-projects.js";
import { until } from "../support/waiting.js";
import { Application } from "../unit/examples/application.js";

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

/** What the demo must store: the same handlers, one after the other in this process, without broker and worker. */
async function expectedHash({ organizations, records }: FlightVolumes): Promise<string> {
  await using application = await Application.start();
  // The handlers log to stdout.
  using _quiet = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  application.database.organizations.add(organizations);
  application.database.volumes.record(records);
  for (const { send } of PHASES) {
    await send();
    await application.drain();
  }
  return ratesHash(await readOutcomes(organizations, application.database.rates));
}

/** Resolves when a broker on `http`, now or after its restart, is quiet twice in a row. */
async function settled(http: string): Promise<void> {
  let quiet = 0;
  await until(async () => {
    const status = await fetchBrokerStatus(http).catch(() => undefined);
    quiet = status !== undefined && isQuiet(status) ? quiet + 1 : 0;
    return quiet === 2;
  });
}

it.skipIf(!LINUX)(
  "kill -9 of workers' children, the broker and the supervisor in the demo's work: the same rates as without, and every webhook (needs Linux's /proc)",
  async () => {
    const data = mkdtempSync(join(tmpdir(), "taskwire-kills-"));
    const paths = repositoryPaths();
    const flights = flightVolumes(readFlights(paths.flights));
    const expected = await expectedHash(flights);
    try {
      using database = openDatabase(data, flights);
      const outcomes = () => readOutcomes(flights.organizations, database.rates);
      await using receiver = await Receiver.start();
      const address = `127.0.0.1:${await freePort()}`;
      const http = `127.0.0.1:${await freePort()}`;
      const worker = () =>
        startWorkerProcess({ paths, data, broker: address, store: database.path, webhook: receiver.url });
      const broker = startBrokerProcess({ paths, data, broker: address, http });
      await using _broker = broker;
      await broker.ready();
      await using first = worker();
      await first.ready();
      await using _client = await connect(environments.local, { dataFolder: data });
      const [slidingWindow, projects, transactions] = PHASES;

      await slidingWindow.send();
      await until(async () => (await outcomes()).some(({ baseRate }) => baseRate !== null), 1);
      killOne(childrenOf(first.pid ?? 0));
      await settled(http);

      await projects.send();
      await until(async () => (await outcomes()).some(({ factor }) => factor !== 1), 1);
      killOne(childrenOf(first.pid ?? 0));
      await until(async () => ratedProjects(await outcomes()) > 60, 1);
      broker.kill("SIGKILL");
      await broker.ended;
      await using again = startBrokerProcess({ paths, data, broker: address, http });
      await again.ready();
      await until(() => receiver.delivered.size > 5, 1);
      first.kill("SIGKILL");
      await first.ended;
      await using second = worker();
      await second.ready();
      await settled(http);

      await transactions.send();
      await until(
        async () =>
          (await outcomes())
            .flatMap((organization) => organization.projects)
            .filter((project) => project.transactions.explicit.size > 0).length > 20,
        1,
      );
      killOne(childrenOf(second.pid ?? 0));
      await settled(http);

      expect(ratedProjects(await outcomes())).toBe(299);
      expect(receiver.delivered.size).toBe(51);
      expect(ratesHash(await outcomes())).toBe(expected);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  },
  120_000,
);
