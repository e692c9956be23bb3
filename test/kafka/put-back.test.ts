import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { KafkaHarness, StubWorker } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";

vi.setConfig({ testTimeout: 120_000 });

const id = (number: number) => String(number).padStart(32, "0");
const quick = (number: number, delay?: number) => ({ id: id(number), ...(delay === undefined ? {} : { delay }) });
const once = (number: number, delay?: number) => ({
  ...quick(number, delay),
  taskname: "things.once",
  retry: { attempts: 0, maxAttempts: 1, onExceeded: "deadletter" as const, atMostOnce: true, delay: undefined },
});

describe.skipIf(NO_KAFKA !== undefined)(`a broker on Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;
  beforeAll(async () => {
    server = await KafkaServer.start();
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });

  test("whose folder is put back reads again what it had taken since, ends at-most-once work by name, and says so", async () => {
    await using harness = await KafkaHarness.make(server, "snapshot");
    const snapshot = mkdtempSync(join(tmpdir(), "taskwire-snapshot-"));
    const first = await harness.broker("b");
    const before = await StubWorker.at(first, "w");
    await harness.send(quick(1), quick(2));
    await until(() => before.taken.length === 2);
    await until(async () => (await harness.committed()) === 2);
    await harness.stop("b");
    cpSync(harness.folder("b"), snapshot, { recursive: true });
    const second = await harness.broker("b");
    await harness.send(quick(3, 2), quick(4, 2), once(5, 2));
    await until(async () => (await harness.committed()) === 5);
    expect((await second.status()).counts.delayed).toBe(3);
    await harness.stop("b");
    rmSync(harness.folder("b"), { recursive: true });
    cpSync(snapshot, harness.folder("b"), { recursive: true });
    rmSync(snapshot, { recursive: true });
    const third = await harness.broker("b");
    const after = await StubWorker.at(third, "w");
    await until(() => after.taken.length === 2);
    expect(after.taken.sort()).toEqual([id(3), id(4)]);
    expect((await third.status()).failures).toEqual({ taken_over: 1 });
    expect((await harness.deadLetters(1)).length).toBe(1);
    expect(harness.said.filter((line) => line.includes("older copy"))).toHaveLength(1);
    // It is logged once: from now on the position is the restored journal's own.
    await harness.send(quick(6));
    await until(async () => (await harness.committed()) === 6);
    await harness.stop("b");
    await harness.broker("b");
    expect(harness.said.filter((line) => line.includes("older copy"))).toHaveLength(1);
  });

  test("whose offset an operator moves reads from there, forward and back, and says so", async () => {
    await using harness = await KafkaHarness.make(server, "moved");
    const [pool] = harness.environment.pools;
    const move = (offset: number) =>
      server.withAdmin((admin) =>
        admin.setOffsets({
          groupId: pool?.group ?? "",
          topic: "moved",
          partitions: [{ partition: 0, offset: String(offset) }],
        }),
      );
    const run = async (count: number): Promise<string[]> => {
      const worker = await StubWorker.at(await harness.broker("b"), "w");
      await until(() => worker.taken.length >= count);
      await harness.stop("b");
      return worker.taken.map((taken) => String(Number(taken)));
    };
    await harness.send(quick(0), quick(1));
    expect(await run(2)).toEqual(["0", "1"]);
    await harness.send(quick(2), quick(3));
    await move(4);
    await harness.send(quick(4));
    expect(await run(1)).toEqual(["4"]);
    expect(harness.said.some((line) => line.includes("moved forward"))).toBe(true);
    await move(1);
    expect(await run(4)).toEqual(["1", "2", "3", "4"]);
    expect(harness.said.some((line) => line.includes("moved back"))).toBe(true);
  });
});
