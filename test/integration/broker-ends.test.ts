import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { type Broker, type BrokerOptions, startBroker } from "#runtime/broker/index.js";
import { Journal, JournalError, type JournalPort } from "#runtime/broker/journal/journal.js";
import { startRestartingBroker } from "#runtime/cli/restarting-broker.js";
import { openLog } from "#runtime/log/open.js";
import { AppendFaults, FaultyLog } from "../support/faulty-log.js";
import { activation, ENVIRONMENT } from "../support/harness/local-broker.js";
import { until } from "../support/waiting.js";

/** A log that closes, and says that it did not. */
class StubbornLog extends FaultyLog {
  override async close(): Promise<void> {
    await super.close();
    throw new Error("the log does not close");
  }
}

let data: string;
const open: Pick<Broker, "stop">[] = [];

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "taskwire-ends-"));
});

afterEach(async () => {
  for (const broker of open.splice(0)) await broker.stop();
  rmSync(data, { recursive: true, force: true });
});

const optionsWith = (options: Partial<BrokerOptions>): BrokerOptions => ({
  environment: ENVIRONMENT,
  pool: "default",
  dataFolder: data,
  listen: "127.0.0.1:0",
  http: "127.0.0.1:0",
  logger: silentLogger,
  ...options,
});

async function start(options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await startBroker(optionsWith(options));
  open.push(broker);
  return broker;
}

/** The in-flight file, the gRPC port and the HTTP port are free again. */
async function startsAgain({ address, httpAddress }: Pick<Broker, "address" | "httpAddress">): Promise<void> {
  const again = await start({ listen: address, http: httpAddress });
  expect([again.address, again.httpAddress]).toEqual([address, httpAddress]);
}

describe("a broker", () => {
  it("one of whose logs does not close closes everything else, says so, and has ended", async () => {
    const broker = await startBroker(
      optionsWith({ openLog: async (...args) => new StubbornLog(await openLog(...args), new AppendFaults()) }),
    );
    await expect(broker.stop()).rejects.toThrow("the log does not close");
    await broker.ended;
    await startsAgain(broker);
  });

  it("that fails at the last step of its start leaves nothing open: in-flight file, gRPC port and HTTP port are free", async () => {
    const before = await startBroker(optionsWith({}));
    await before.stop();
    const info = (message: string) => {
      if (message === "broker is ready") throw new Error("not ready after all");
    };
    const { address, httpAddress } = before;
    const options = optionsWith({ listen: address, http: httpAddress, logger: { ...silentLogger, info } });
    await expect(startBroker(options)).rejects.toThrow("not ready after all");
    await startsAgain(before);
  });

  it("whose in-flight file turns out to be damaged while it starts is started again, which rebuilds the file", async () => {
    const said: string[] = [];
    let opened = 0;
    const openJournal = async (...[file, events, ...rest]: Parameters<typeof Journal.open>): Promise<JournalPort> => {
      const journal = await Journal.open(file, events, ...rest);
      opened += 1;
      if (opened === 1) events.failed(new JournalError("journal_damaged", "a row fails its checksum"));
      return journal;
    };
    const logger = { ...silentLogger, error: (message: string) => void said.push(message) };
    open.push(await startRestartingBroker(optionsWith({ openJournal, logger })));
    expect([opened, said]).toEqual([2, ["the in-flight file is damaged; restarting the broker, which rebuilds it"]]);
  });

  it("that meets an internal error starts again from its in-flight file, and what was sent is finished", async () => {
    const said: string[] = [];
    let opened = 0;
    let breaks = false;
    const openJournal = async (...args: Parameters<typeof Journal.open>): Promise<JournalPort> => {
      const journal = await Journal.open(...args);
      opened += 1;
      if (opened > 1) return journal;
      const commit = journal.commit.bind(journal);
      journal.commit = (...commitArgs) => {
        if (breaks) throw new TypeError("a broken invariant");
        return commit(...commitArgs);
      };
      return journal;
    };
    const logger = { ...silentLogger, error: (message: string) => void said.push(message) };
    const lasting = await startRestartingBroker(optionsWith({ openJournal, logger }));
    open.push(lasting);
    const [cluster] = ENVIRONMENT.clusters;
    if (cluster === undefined) throw new Error("the environment has no cluster");
    const log = await openLog(cluster, data);
    breaks = true;
    await log.append("work", [{ value: activation({ id: "a" }) }]);
    const completed: string[] = [];
    const work = async () => {
      const offer = {
        application: "test",
        worker: "w",
        tasks: [{ name: "things.quick", hash: "" }],
        slots: 1,
        held: [],
      };
      const session = await lasting.sessions.open(offer, {
        deliver: (deliveries) => {
          for (const { claim } of deliveries)
            session.settle([{ kind: "complete", claim }]).then(
              () => completed.push("a"),
              () => {},
            );
        },
        cancel: () => {},
        lost: () => void work(),
      });
      session.credit(1);
    };
    await work();
    await until(() => completed.length > 0);
    await log.close();
    expect(opened).toBe(2);
    expect(said).toContain("the broker failed; restarting it from its in-flight file");
  });
});
