import { cpSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Activation } from "#runtime/activation/activation.js";
import { NO_RETRY_STATE } from "#runtime/activation/encoding/codec.js";
import { type Broker, startBroker } from "#runtime/broker/broker.js";
import { openLog } from "#runtime/log/open.js";
import { encoded } from "../support/harness/broker-harness.js";
import { until } from "../support/waiting.js";

const CLUSTER = { name: "local", kind: "sqlite", file: "log.db" } as const;
const HOUR = 3600;
const AT_MOST_ONCE = { ...NO_RETRY_STATE, maxAttempts: 1, onExceeded: "deadletter", atMostOnce: true } as const;

describe("the files of the embedded log and of its broker", () => {
  let data: string;
  let snapshot: string;
  let said: string[];
  let broker: Broker | undefined;

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "taskwire-put-back-"));
    snapshot = mkdtempSync(join(tmpdir(), "taskwire-snapshot-"));
    said = [];
  });
  afterEach(async () => {
    await stop();
    for (const folder of [data, snapshot]) rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<Broker> {
    const say = (message: string, fields: object = {}) => said.push(`${message} ${JSON.stringify(fields)}`);
    broker = await startBroker({
      environment: {
        name: "test",
        clusters: [CLUSTER],
        topics: [{ name: "work", cluster: "local", partitions: 1, deadLetter: "work-dlq", retry: "work" }],
        routes: [{ namespace: "*", topic: "work" }],
        pools: [
          {
            ...{ name: "default", topics: ["work"], group: "g", maxPendingCount: 100, maxProcessingCount: 100 },
            ...{ maxProcessingAttempts: 5, maxProcessingDeadline: 3_600_000 },
          },
        ],
      },
      ...{ pool: "default", dataFolder: data },
      logger: { debug: () => {}, info: say, warn: say, error: say },
    });
    return broker;
  }
  async function stop(): Promise<void> {
    await broker?.stop();
    broker = undefined;
  }
  async function send(...activations: readonly Partial<Activation>[]): Promise<void> {
    const log = await openLog(CLUSTER, data);
    await log.append(
      "work",
      activations.map((activation) => ({ value: encoded(activation) })),
    );
    await log.close();
  }
  const delayed = async (count: number) => until(async () => (await broker?.status())?.counts.delayed === count);
  /** A life in which one of each kind is taken in, delayed; a copy of the files; and a life with one more of each. */
  async function lives(): Promise<void> {
    await start();
    await send({ id: "old quick", delay: HOUR }, { id: "old once", delay: HOUR, retry: AT_MOST_ONCE });
    await delayed(2);
    await stop();
    cpSync(data, snapshot, { recursive: true });
    await start();
    await send({ id: "new quick", delay: HOUR }, { id: "new once", delay: HOUR, retry: AT_MOST_ONCE });
    await delayed(4);
    await stop();
  }
  function putBack(isPutBack: (name: string) => boolean): void {
    for (const name of readdirSync(data)) if (isPutBack(name)) rmSync(join(data, name), { recursive: true });
    for (const name of readdirSync(snapshot)) {
      if (isPutBack(name)) cpSync(join(snapshot, name), join(data, name), { recursive: true });
    }
  }

  test("of which the broker's are put back: it reads again what it had taken since, and ends at-most-once work by name", async () => {
    await lives();
    putBack((name) => name.startsWith("default.inflight.db"));
    await start();
    expect(said.filter((line) => line.includes("older copy"))).toHaveLength(1);
    // The old row is judged when it is loaded, also by a later start.
    await until(async () => (await broker?.status())?.failures.taken_over === 1);
    await delayed(3);
  });

  test("of which all but the count of commits are put back: the log's records are read again, and at-most-once work ends by name", async () => {
    await lives();
    putBack((name) => name !== "default.inflight.db-commits");
    await start();
    await delayed(1);
    await until(async () => (await broker?.status())?.failures.store_corrupt === 1);
  });

  test("of which all are put back are as they were then", async () => {
    await lives();
    putBack(() => true);
    await start();
    await delayed(2);
    expect((await broker?.status())?.failures).toEqual({});
    expect(said.some((line) => line.includes("older copy"))).toBe(false);
  });
});
