import { describe, expect, it } from "vitest";
import { KAFKA_VERSION } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";
import { describeInterop } from "./describe.js";
import { pictures } from "./generated/index.js";
import type { InteropHarness, PythonProcess } from "./interop-harness.js";

const taken = new Date("2026-01-02T03:04:05.678Z");

const EVERY_TYPE = {
  flag: true,
  whole: -(2 ** 53) + 1,
  wide: 2n ** 64n - 1n,
  ratio: 0.1,
  text: "Grüße, 世界 🙂\u0000",
  blob: Uint8Array.of(0, 255, 128),
  moment: taken,
  key: "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
  anything: { list: [1, null, { deep: -0.5 }], big: -(2n ** 63n) },
  item: { id: 1, taken },
  colour: "green",
  slug: "a-b",
  numbers: [-1, 0, 2 ** 32],
  items: [{ id: 2, label: "two", taken }],
  labels: { a: "b", ключ: "värde" },
  moments: { due: taken },
  nothing: null,
} as const;
const EVERY_TYPE_SEEN = {
  ...EVERY_TYPE,
  wide: { bigint: "18446744073709551615" },
  ratio: { float: "0.1" },
  blob: { bytes: "00ff80" },
  moment: "2026-01-02T03:04:05.678Z",
  anything: { list: [1, null, { deep: { float: "-0.5" } }], big: { bigint: "-9223372036854775808" } },
  item: { id: 1, taken: "2026-01-02T03:04:05.678Z" },
  items: [{ id: 2, label: "two", taken: "2026-01-02T03:04:05.678Z" }],
  moments: { due: "2026-01-02T03:04:05.678Z" },
  // The default is the producer's.
  fallback: 7,
};

await describeInterop(`from our client over Kafka ${KAFKA_VERSION} to taskbroker-client 0.20.30`, (start) => {
  for (const manner of ["pull", "push"] as const) {
    const startHarness = (name: string) => start(`${manner}-${name}`, { push: manner === "push" });
    const work = (harness: InteropHarness): Promise<PythonProcess> =>
      manner === "push" ? harness.pushWorker() : harness.pullWorker();

    describe(`whose worker is there for ${manner}`, () => {
      it("every declared type, headers and zstd arrive", async () => {
        await using harness = await startHarness("types");
        const text = Array.from({ length: 2000 }, (_, n) => `${n}é`).join(" ");
        const large = Uint8Array.from(
          Buffer.alloc(4_000_000, Buffer.from(crypto.getRandomValues(new Uint8Array(40_000)))),
        );
        const headers = { tenant: "7", größe: "ä" };
        const sent = await pictures.everyType.delay(EVERY_TYPE, { headers });
        const whole = await pictures.everyType.delay({ ...EVERY_TYPE, ratio: 3, missing: "here", fallback: 8 });
        // Above the threshold, and asked for by the task.
        const packed = await pictures.everyType.delay({ ...EVERY_TYPE, blob: large });
        await pictures.packed.delay({ text });
        await harness.processes.broker();
        await work(harness);
        await harness.ended({ completed: 4 });
        const of = ({ id }: { readonly id: string }) => harness.notes().find((note) => note.id === id);
        expect(of(sent)?.parameters).toEqual(EVERY_TYPE_SEEN);
        expect(of(sent)?.headers).toEqual(headers);
        // A whole float is an integer there.
        expect(of(whole)?.parameters).toEqual({ ...EVERY_TYPE_SEEN, ratio: 3, missing: "here", fallback: 8 });
        expect(of(packed)?.headers).toEqual({ "compression-type": "zstd" });
        expect(of(packed)?.parameters.blob).toEqual({ bytes: Buffer.from(large).toString("hex") });
        expect(harness.notes("pictures.packed")[0]).toMatchObject({
          parameters: { text },
          headers: { "compression-type": "zstd" },
        });
      });

      it("retries are Python's to decide (times, on, ignore), and what happens to them is the sender's word", async () => {
        await using harness = await startHarness("retries");
        await pictures.flaky.delay({ n: 3 });
        await pictures.flaky.delay({ n: 9 });
        await pictures.picky.delay({ error: "Unavailable" });
        await pictures.picky.delay({ error: "Gone" });
        await pictures.picky.delay({ error: "ValueError" });
        // Its sender knows of no policy: Python retries it all the same, and in the end it is kept.
        await pictures.unbounded.delay({ n: 9 });
        // Its sender says discard, the worker deadletter.
        await pictures.careless.delay({ n: 9 });
        await harness.processes.broker();
        await work(harness);
        await harness.ended({ completed: 1, deadlettered: 5, discarded: 1 });
        // A missed deadline is none of the errors that it names. The worker is idle by now: what waits inside it for
        // longer than its deadline and 3 s is handed out again.
        await pictures.slow.delay({ n: 1 });
        await harness.ended({ deadlettered: 6 });
        expect((await harness.processes.status()).ended).toMatchObject({
          completed: 1,
          retried: 10,
          deadlettered: 6,
          discarded: 1,
        });
        const runs = (task: string, parameters: object) =>
          harness
            .notes(`pictures.${task}`)
            .filter((note) => JSON.stringify(note.parameters) === JSON.stringify(parameters))
            .map(({ attempt }) => attempt);
        expect(runs("flaky", { n: 3 })).toEqual([1, 2, 3]);
        expect(runs("flaky", { n: 9 })).toEqual([1, 2, 3]);
        expect(runs("unbounded", { n: 9 })).toEqual([1, 2, 3]);
        expect(runs("careless", { n: 9 })).toEqual([1, 2, 3]);
        expect(runs("slow", { n: 1 })).toEqual([1]);
        expect(runs("picky", { error: "Unavailable" })).toEqual([1, 2, 3]);
        for (const error of ["Gone", "ValueError"]) expect(runs("picky", { error })).toEqual([1]);
        const deadLetters = (await harness.deadLetters("pictures", 6)).map(
          ({ headers }) => headers?.["taskwire-reason"],
        );
        expect(deadLetters).toEqual(Array(6).fill("reported"));
      });

      it("at most once, expiry and countdown are kept", async () => {
        await using harness = await startHarness("times");
        const sentAt = Date.now();
        await pictures.plain.delay({ n: 1 }, { expires: "1s" });
        await pictures.once.delay({ n: 1 });
        await pictures.once.delay({ n: -1 });
        await until(() => Date.now() > sentAt + 2000);
        await harness.processes.broker();
        await pictures.plain.delay({ n: 2 }, { countdown: "2s" });
        await until(async () => (await harness.processes.status()).counts.delayed === 1);
        const worker = await work(harness);
        // A failed run of a task without a policy is kept, at most once or not.
        await harness.ended({ completed: 2, expired: 1, deadlettered: 1 });
        expect(harness.notes("pictures.plain").map(({ parameters }) => parameters.n)).toEqual([2]);

        // What a worker took and did not end is ended by its deadline, and not started again.
        await pictures.once.delay({ n: 0 });
        await until(() => harness.notes("pictures.once").length === 3);
        await worker.kill();
        await work(harness);
        await pictures.plain.delay({ n: 3 });
        await harness.ended({ completed: 3, deadlettered: 2 });
        const deadLetters = (await harness.deadLetters("pictures", 2)).map(
          ({ headers }) => headers?.["taskwire-reason"],
        );
        expect(deadLetters.sort()).toEqual(["reported", "worker_lost"]);
        expect(
          harness
            .notes("pictures.once")
            .map(({ parameters }) => parameters.n)
            .sort(),
        ).toEqual([-1, 0, 1]);
      });
    });
  }
});
