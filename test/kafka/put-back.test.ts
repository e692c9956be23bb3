import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Hand, KafkaBed } from "../support/harness/kafka-harness.js";
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
    await using bed = await KafkaBed.make(server, "snapshot");
    const snapshot = mkdtempSync(join(tmpdir(), "taskwire-snapshot-"));
    const first = await bed.broker("b");
    const before = await Hand.at(first, "w");
    await bed.send(quick(1), quick(2));
    await until(() => before.taken.length === 2);
    await until(async () => (await bed.committed()) === 2);
    await bed.stop("b");
    cpSync(bed.folder("b"), snapshot, { recursive: true });
    const second = await bed.broker("b");
    await bed.send(quick(3, 2), quick(4, 2), once(5, 2));
    await until(async () => (await bed.committed()) === 5);
    expect((await second.status()).counts.delayed).toBe(3);
    await bed.stop("b");
    rmSync(bed.folder("b"), { recursive: true });
    cpSync(snapshot, bed.folder("b"), { recursive: true });
    rmSync(snapshot, { recursive: true });
    const third = await bed.broker("b");
    const after = await Hand.at(third, "w");
    await until(() => after.taken.length === 2);
    expect(after.taken.sort()).toEqual([id(3), id(4)]);
    expect((await third.status()).failures).toEqual({ taken_over: 1 });
    expect((await bed.deadLetters(1)).length).toBe(1);
    expect(bed.said.filter((line) => line.includes("older copy"))).toHaveLength(1);
    // It is told once: from now on the position is the restored journal's own.
    await bed.send(quick(6));
    await until(async () => (await bed.committed()) === 6);
    await bed.stop("b");
    await bed.broker("b");
    expect(bed.said.filter((line) => line.includes("older copy"))).toHaveLength(1);
  });

  test("whose offset an operator moves reads from there, forward and back, and says so", async () => {
    await using bed = await KafkaBed.make(server, "moved");
    const [pool] = bed.environment.pools;
    const move = (offset: number) =>
      server.withAdmin((admin) =>
        admin.setOffsets({
          groupId: pool?.group ?? "",
          topic: "moved",
          partitions: [{ partition: 0, offset: String(offset) }],
        }),
      );
    const run = async (count: number): Promise<string[]> => {
      const hand = await Hand.at(await bed.broker("b"), "w");
      await until(() => hand.taken.length >= count);
      await bed.stop("b");
      return hand.taken.map((taken) => String(Number(taken)));
    };
    await bed.send(quick(0), quick(1));
    expect(await run(2)).toEqual(["0", "1"]);
    await bed.send(quick(2), quick(3));
    await move(4);
    await bed.send(quick(4));
    expect(await run(1)).toEqual(["4"]);
    expect(bed.said.some((line) => line.includes("moved forward"))).toBe(true);
    await move(1);
    expect(await run(4)).toEqual(["1", "2", "3", "4"]);
    expect(bed.said.some((line) => line.includes("moved back"))).toBe(true);
  });
});
