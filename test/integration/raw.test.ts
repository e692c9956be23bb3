import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { outcome } from "../support/processes/command.js";
import { activationBytes, append, readTopic } from "../support/records.js";
import { until } from "../support/waiting.js";
import { runs, sha256 } from "./fixtures/blob-handlers.js";
import { blobHarness } from "./fixtures/blob-harness.js";
import { blobs, raw } from "./fixtures/blobs.js";

const harness = blobHarness();

const drained = (ends: number) =>
  until(async () => {
    const { counts, ended } = await harness.processes.status();
    const seen = Object.values(ended).reduce((sum, count) => sum + count, 0);
    return seen >= ends && Object.values(counts).every((count) => count === 0);
  });

describe("a raw topic", () => {
  it("gives each record's bytes to the handler, whatever they are, with its key and the headers that are its own", async () => {
    const values = [Buffer.from("plain"), new Uint8Array(0), randomBytes(5000), activationBytes(), Buffer.from([0x0a])];
    await harness.processes.broker();
    await harness.processes.worker();
    const headers = { trace: "é", "compression-type": "zstd", "taskwire-root": "x", "taskwire-slot": "y" };
    await append(
      harness.processes,
      "envelopes",
      values.map((value) => ({ value, key: "k", headers })),
    );
    await drained(values.length);
    const seen = runs(harness.processes.data);
    expect(seen.map(({ sha256 }) => sha256).sort()).toEqual(values.map(sha256).sort());
    expect(new Set(seen.map(({ id }) => id)).size).toBe(values.length);
    for (const run of seen) {
      expect(run).toMatchObject({
        task: "test.take_envelope",
        namespace: "raw",
        attempt: 1,
        headers: [
          ["trace", "é"],
          ["taskwire-key", "k"],
        ],
      });
      expect(run.id).toMatch(/^[0-9a-f]{32}$/);
    }
    expect((await harness.processes.status()).ended).toMatchObject({ completed: values.length, deadlettered: 0 });
  });

  it("has its retries on <topic>-retry, as ordinary activations", async () => {
    await harness.processes.broker();
    await harness.processes.worker();
    const { id } = await raw.take.delay({ bytes: Buffer.from("fail2") }, { headers: { trace: "t" } });
    await drained(3);
    const seen = runs(harness.processes.data);
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(seen[0]?.id).toBe(id);
    for (const run of seen.slice(1)) {
      expect(run.sha256).toBe(sha256(Buffer.from("fail2")));
      expect(run.headers).toEqual(
        expect.arrayContaining([
          ["trace", "t"],
          ["taskwire-root", id],
        ]),
      );
    }
    const { ended, topics } = await harness.processes.status();
    expect(ended).toMatchObject({ retried: 2, completed: 1 });
    const position = (name: string) => topics.find(({ topic }) => topic === name)?.position;
    expect([position("envelopes"), position("envelopes-retry"), position("work")]).toEqual([
      expect.any(Number),
      expect.any(Number),
      0,
    ]);
    expect(position("envelopes-retry")).toBeGreaterThan(0);
  });

  it("dead-letters what fails for good as an activation with the model's facts", async () => {
    await harness.processes.broker();
    await harness.processes.worker();
    const { id } = await raw.take.delay({ bytes: Buffer.from("fail9") });
    await drained(3);
    const [deadLetter] = await readTopic(harness.processes, "lost", 1);
    expect(deadLetter?.headers).toMatchObject({
      "taskwire-reason": "attempts_exceeded",
      "taskwire-topic": "envelopes-retry",
      "taskwire-attempts": "3",
    });
    const dead = decodeActivation(deadLetter?.value ?? new Uint8Array(0));
    expect(dead).toMatchObject({
      namespace: "raw",
      task: "test.take_envelope",
      application: "test",
      deadline: 60,
      expires: 3600,
      retry: { attempts: 2, maxAttempts: 3, onExceeded: "deadletter", atMostOnce: false, delay: undefined },
    });
    expect(dead.headers.get("taskwire-root")).toBe(id);
  });

  it("gives a record that is read again after kill -9 the same id", async () => {
    const broker = await harness.processes.broker();
    const ids = await raw.take.delayMany(Array.from({ length: 50 }, (_, n) => ({ bytes: Buffer.from(`record ${n}`) })));
    await until(async () => (await harness.processes.status()).counts.pending === 50);
    await broker.kill();
    await harness.processes.broker();
    await harness.processes.worker();
    await drained(50);
    expect(
      runs(harness.processes.data)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(ids.sort());
  });

  it("takes nothing of ordinary topics", async () => {
    await harness.processes.broker();
    await harness.processes.worker();
    await blobs.keep.delay({ bytes: Buffer.from("fail1") });
    await drained(2);
    expect(runs(harness.processes.data)).toMatchObject([{ namespace: "blobs" }, { namespace: "blobs", attempt: 2 }]);
  });

  it("is read by no broker whose model has no task for it", async () => {
    writeFileSync(
      harness.processes.model,
      JSON.stringify({ ...JSON.parse(readFileSync(harness.processes.model, "utf8")), namespaces: [] }),
    );
    const { code, said } = await outcome(
      [
        "broker",
        "--model",
        harness.processes.model,
        "--env",
        "test",
        "--data",
        harness.processes.data,
        "--listen",
        "127.0.0.1:0",
      ],
      {},
    );
    expect(code).toBe(1);
    expect(said).toContain(
      'topic "envelopes" holds raw records of namespace "raw", whose task the model does not have',
    );
  });

  it("is what `taskwire send` appends the bytes to", async () => {
    await harness.processes.broker();
    await harness.processes.worker();
    const args = ["--model", harness.processes.model, "--env", "test", "--data", harness.processes.data];
    const sent = await outcome(["send", "raw.take", '{"bytes":"AQID"}', "--json", ...args]);
    expect(sent.code).toBe(0);
    await drained(1);
    expect(runs(harness.processes.data)).toMatchObject([
      { id: JSON.parse(sent.said).id, size: 3, sha256: sha256(Uint8Array.of(1, 2, 3)) },
    ]);
    const refused = await outcome(["send", "raw.take", '{"bytes":"AQID"}', "--countdown", "5m", ...args]);
    expect(refused.code).toBe(1);
    expect(refused.said).toContain(
      "raw.take: options.countdown: the records of a raw task carry its bytes and headers only",
    );
  });
});
