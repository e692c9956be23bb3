import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { CONTROL_TOPIC } from "#runtime/model/control-topic.js";
import { KafkaHarness } from "../support/harness/kafka-harness.js";
import { KAFKA_VERSION, KafkaServer, NO_KAFKA } from "../support/kafka/kafka-server.js";
import { letterRecord } from "../support/letters.js";
import { Processes } from "../support/processes/processes.js";
import { until } from "../support/waiting.js";
import { ConsoleProcess } from "../support/web/console-process.js";
import { MODEL } from "../support/web/model.js";

const DLQ = "work-dlq";
const place = (offset: number) => `${DLQ}/0/${offset}`;

describe.skipIf(NO_KAFKA !== undefined)(`the console over Kafka ${KAFKA_VERSION} ${NO_KAFKA ?? ""}`, () => {
  let server: KafkaServer;
  let folder: string;

  beforeAll(async () => {
    server = await KafkaServer.start();
    folder = mkdtempSync(join(tmpdir(), "taskwire-kafka-console-"));
  }, 300_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  test("of two brokers of a pool lists, shows, edits, replays, purges, cancels, pauses and resumes, and reads the log without them", async () => {
    await using harness = await KafkaHarness.make(server, "work", 2);
    await server.create({ [CONTROL_TOPIC]: 1 }, { "cleanup.policy": "compact" });
    const brokers = [await harness.broker("one"), await harness.broker("two")];
    await harness.log.append(
      DLQ,
      Array.from({ length: 6 }, (_, number) => letterRecord(number)),
    );
    const model = join(folder, "taskwire.json");
    writeFileSync(model, JSON.stringify({ ...MODEL, environments: [harness.environment] }));
    await using processes = new Processes({}, folder);
    const addresses = brokers.map(({ address }) => address ?? "");
    const flags = ["--env", "saas", "--model", model, "--data", folder];
    const console = await ConsoleProcess.start(processes, addresses, flags);
    const ask = (path: string, change?: object) => console.ask(path, change);
    const counts = async () => (await ask("dead-letters")).body.counts;

    // Both brokers read the same topic: each letter is listed once.
    const listed = await until(async () => {
      const { body } = await ask("dead-letters");
      return body.counts?.open === 6 && body.read === 1 && body;
    });
    expect(listed).toMatchObject({ partial: [], fromLog: [] });
    expect(listed.rows.map((row: { readonly place: string }) => row.place)).toEqual([5, 4, 3, 2, 1, 0].map(place));
    expect(listed.rows[0]).not.toHaveProperty("pool");
    expect((await ask(`dead-letters/${place(0)}`)).body).toMatchObject({
      letter: { id: "a0", state: "open" },
      content: { parameters: { kind: "named" } },
    });

    // Edit and replay.
    expect(await ask("dead-letters/check", { place: place(0), parameters: '{"n": "five"}' })).toMatchObject({
      body: { fit: false, issues: [{ path: "n" }] },
    });
    const edit = { places: [place(0)], parameters: '{"n": 42}', reason: "fixed" };
    const edited = await ask("dead-letters/replay", edit);
    expect(edited.body).toMatchObject({ counts: { replayed: 1 }, outcomes: [{ place: place(0), topic: "work" }] });
    const inTopic = async () => {
      const parts = await harness.log.partitions("work");
      const found = await Promise.all(
        parts.map(({ partition, first }) => harness.log.browse("work", partition, first, 100)),
      );
      return found.flatMap(({ records }) => records.map(({ value }) => decodeActivation(value)));
    };
    const [sent] = await until(async () => {
      const all = await inTopic();
      return all.length === 1 && all;
    });
    expect(sent?.id).toBe(edited.body.outcomes[0].id);
    expect((await ask("dead-letters/replay", edit)).body).toMatchObject({ counts: { already: 1 } });

    // Replay by a filter, purge.
    const filter = { q: "id:a1,a2", reason: "fixed" };
    const plan = await ask("dead-letters/replay", { ...filter, dryRun: true });
    expect(plan.body).toMatchObject({ matched: 2, partial: [] });
    const started = await ask("dead-letters/replay", { ...filter, plan: plan.body.plan });
    expect(started.body.jobs).toHaveLength(1);
    await until(async () => (await counts()).replayed === 3);
    expect((await ask("dead-letters/purge", { places: [place(3)], reason: "obsolete" })).body).toMatchObject({
      counts: { purged: 1 },
    });
    expect(await counts()).toEqual({ open: 2, replayed: 3, purged: 1 });

    // Cancel: one of the brokers has it in flight.
    const inFlight = async () => (await ask("activations")).body.rows.map(({ id }: { readonly id: string }) => id);
    await until(async () => (await inFlight()).length === 3);
    const cancelled = await ask("activations/cancel", { ids: [sent?.id, "nowhere"], reason: "not wanted" });
    expect(cancelled.body).toMatchObject({ counts: { done: 1, unknown: 1 }, partial: [] });
    await until(async () => (await inFlight()).length === 2);

    // Pause and resume: every broker of the pool applies it.
    const inForce = async () =>
      (await ask("controls")).body.brokers.map(
        (each: { readonly controls: readonly unknown[] }) => each.controls.length,
      );
    const task = { kind: "task", subject: "things.quick", reason: "maintenance" };
    expect((await ask("pause", task)).body).toMatchObject({ partial: [], brokers: [{}, {}] });
    await until(async () => (await inForce()).join() === "1,1");
    expect((await ask("resume", task)).status).toBe(200);
    await until(async () => (await inForce()).join() === "0,0");
    const { rows } = (await ask("audit")).body;
    expect(new Set(rows.map(({ verb }: { readonly verb?: string }) => verb))).toEqual(
      new Set(["ReplayLetters", "PurgeLetters", "Cancel", "Pause", "Resume"]),
    );

    // The log is there when no broker is.
    await harness.stop("one");
    expect(await counts()).toEqual({ open: 2, replayed: 3, purged: 1 });
    await harness.stop("two");
    const inLog = 'the log of pool "default"';
    const left = await until(async () => {
      const { body } = await ask("dead-letters");
      return body.read === 1 && body;
    });
    expect(left).toMatchObject({ fromLog: [inLog], counts: { open: 2, replayed: 3, purged: 1 }, partial: [{}, {}] });
    expect((await ask(`dead-letters/${place(4)}`)).body).toMatchObject({ fromLog: true, letter: { id: "a4" } });
    expect(await ask("dead-letters/replay", { places: [place(4)] })).toMatchObject({
      status: 503,
      body: { code: "no_broker_answers" },
    });
  }, 300_000);
});
