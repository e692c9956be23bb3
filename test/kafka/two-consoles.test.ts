import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KafkaHarness, StubWorker } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { letterRecord } from "../support/letters.js";
import { Processes } from "../support/processes/processes.js";
import { activationBytes } from "../support/records.js";
import { until } from "../support/waiting.js";
import { ConsoleProcess } from "../support/web/console-process.js";
import { MODEL } from "../support/web/model.js";

const PARTITIONS = 2;
/** A broker takes 20 changing calls a second. */
const LETTERS = 6;

describe.skipIf(NO_KAFKA !== undefined)(
  `two consoles of a pool on Kafka ${KAFKA_VERSION}${NO_KAFKA === undefined ? "" : `: ${NO_KAFKA}`}`,
  () => {
    let server: KafkaServer;
    let folder: string;

    beforeAll(async () => {
      server = await KafkaServer.start();
      folder = mkdtempSync(join(tmpdir(), "taskwire-kafka-consoles-"));
    }, 300_000);
    afterAll(async () => {
      await server?.[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Two brokers with a worker each, dead letters, and two consoles; each asks the brokers with these numbers. */
    async function replayed(topic: string, asked: readonly (readonly number[])[]) {
      await using harness = await KafkaHarness.make(server, topic, PARTITIONS);
      const brokers = [await harness.broker("one"), await harness.broker("two")];
      const workers = await Promise.all(brokers.map((broker, number) => StubWorker.at(broker, `w${number}`)));
      const dead = `${topic}-dlq`;
      await harness.log.append(
        dead,
        Array.from({ length: LETTERS }, (_, number) => {
          const bytes = activationBytes({ application: "app", id: `a${number}`, n: number });
          return letterRecord(number, { topic, bytes });
        }),
      );
      const model = join(folder, `${topic}.json`);
      writeFileSync(model, JSON.stringify({ ...MODEL, environments: [harness.environment] }));
      await using processes = new Processes({}, folder);
      const consoles: ConsoleProcess[] = [];
      for (const [number, indexes] of asked.entries()) {
        const addresses = indexes.map((index) => brokers[index]?.address ?? "");
        const flags = ["--env", "saas", "--model", model, "--data", harness.folder(number === 0 ? "one" : "two")];
        consoles.push(await ConsoleProcess.start(processes, addresses, flags, `person${number}`));
      }
      const letters = (console: ConsoleProcess) => console.ask("dead-letters").then(({ body }) => body);
      for (const console of consoles)
        await until(async () => {
          const { counts, read } = await letters(console);
          return counts?.open === LETTERS && read === 1;
        });

      const outcomes: { readonly outcome: string; readonly state?: string; readonly id?: string }[][] = [];
      for (let number = 0; number < LETTERS; number++) {
        const change = { places: [`${dead}/0/${number}`], reason: "fixed" };
        const answers = await Promise.all(consoles.map((console) => console.ask("dead-letters/replay", change)));
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        outcomes.push(answers.flatMap(({ body }) => body.outcomes));
        // From here on both say so, whoever it was.
        const again = await Promise.all(
          consoles.map((console) => console.ask("dead-letters/replay", { ...change, dryRun: true })),
        );
        for (const { body } of again) expect(body.outcomes).toMatchObject([{ outcome: "already", state: "replayed" }]);
      }
      for (const console of consoles)
        expect((await letters(console)).counts).toEqual({ open: 0, replayed: LETTERS, purged: 0 });

      const partitions = await harness.log.partitions(topic);
      const appended = partitions.reduce((sum, { first, end }) => sum + end - first, 0);
      // Everything that was appended was read, and ended.
      await until(async () => {
        const committed = await Promise.all(partitions.map(({ partition }) => harness.committed(partition)));
        return partitions.every(({ first, end }, index) => first === end || committed[index] === end);
      });
      await until(() => workers.reduce((sum, { taken }) => sum + taken.length, 0) >= LETTERS);
      await until(async () => {
        const all = await Promise.all(brokers.map((broker) => broker.status()));
        return all.every(({ counts }) => Object.values(counts).every((count) => count === 0));
      });
      const ran = workers.flatMap(({ taken }) => taken);
      for (const worker of workers) await worker.close();
      return { outcomes, appended, ran };
    }

    const ids = (outcomes: readonly (readonly { readonly id?: string }[])[]) =>
      new Set(outcomes.flat().flatMap(({ id }) => id ?? []));

    test("of both brokers replay the same dead letters at the same time: one broker appends each once, and says so to the other one", async () => {
      const { outcomes, appended, ran } = await replayed("same", [
        [0, 1],
        [0, 1],
      ]);
      for (const each of outcomes) expect(each.map(({ outcome }) => outcome).sort()).toEqual(["already", "replayed"]);
      expect(appended).toBe(LETTERS);
      expect(new Set(ran)).toEqual(ids(outcomes));
      expect(ran).toHaveLength(LETTERS);
    }, 300_000);

    test("of a broker each replay the same dead letters at the same time: each has one id and runs once", async () => {
      const { outcomes, appended, ran } = await replayed("apart", [[0], [1]]);
      for (const each of outcomes) {
        const said = each.map(({ outcome }) => outcome);
        expect(said).toContain("replayed");
        expect(["already", "replayed"]).toEqual(expect.arrayContaining(said));
        expect(ids([each]).size).toBe(1);
      }
      // A copy for each answer that says replayed, dropped where it is read.
      expect(appended).toBe(outcomes.flat().filter(({ outcome }) => outcome === "replayed").length);
      expect(new Set(ran)).toEqual(ids(outcomes));
      expect(ran).toHaveLength(LETTERS);
    }, 300_000);
  },
);
