import { expect, it } from "vitest";
import { KAFKA_VERSION } from "../support/kafka/kafka-server.js";
import { until } from "../support/waiting.js";
import { describeInterop } from "./describe.js";

const EVERY_TYPE = {
  flag: true,
  whole: 2 ** 40,
  wide: { bigint: "18446744073709551615" },
  ratio: 0.1,
  text: "Grüße, 世界 🙂\u0000",
  blob: { bytes: "00ff80" },
  moment: { datetime: "2026-03-04T05:06:07.891234+02:00" },
  key: { uuid: "3F2504E0-4F89-11D3-9A0C-0305E82C3301" },
  anything: { list: [1, null, { deep: -0.5 }], big: { bigint: "-9223372036854775808" } },
  item: { id: 1, taken: { datetime: "2026-01-01T00:00:00+00:00" } },
  colour: "green",
  slug: "a-b",
  numbers: [-1, 0, 2 ** 53 - 1],
  items: [{ id: 2, label: "two", taken: { datetime: "1970-01-01T00:00:00+00:00" } }],
  labels: { a: "b", ключ: "värde" },
  moments: { due: { datetime: "2026-01-01T00:00:00.5+00:00" } },
  nothing: null,
};
const EVERY_TYPE_SEEN = {
  ...EVERY_TYPE,
  moment: { datetime: "2026-03-04T03:06:07.891Z" },
  key: "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
  item: { id: 1, taken: { datetime: "2026-01-01T00:00:00.000Z" } },
  items: [{ id: 2, label: "two", taken: { datetime: "1970-01-01T00:00:00.000Z" } }],
  moments: { due: { datetime: "2026-01-01T00:00:00.500Z" } },
  fallback: 7,
};

await describeInterop(
  `from taskbroker-client 0.20.30 over Kafka ${KAFKA_VERSION} to a worker of ours`,
  (startHarness) => {
    it("every declared type arrives as declared, by name, by position and by both, with headers", async () => {
      await using harness = await startHarness("types");
      const sender = harness.producer();
      const values = Object.values(EVERY_TYPE);
      const { flag, whole, wide, ...others } = EVERY_TYPE;
      const sent = [
        await sender.send("every_type", {
          kwargs: EVERY_TYPE,
          options: { headers: { number: 1, text: "ä", yes: true, none: null } },
        }),
        await sender.send("every_type", { args: values }),
        // What it does not know is dropped, a nil for what may be left out is absent.
        await sender.send("every_type", {
          args: [flag, whole, wide],
          kwargs: { ...others, missing: null, newer: [1] },
        }),
        // Integers as keys of a dict.
        await sender.send("every_type", {
          kwargs: {
            ...EVERY_TYPE,
            labels: {
              pairs: [
                [1, "b"],
                [2 ** 40, "c"],
              ],
            },
          },
        }),
        // A whole float where an integer is declared, an integer where a float is.
        await sender.send("every_type", {
          kwargs: { ...EVERY_TYPE, whole: { float: "2.0" }, ratio: 3, missing: "here", fallback: 8 },
        }),
      ];
      await harness.processes.broker();
      await harness.processes.worker();
      await harness.ended({ completed: 5 });
      const seen = sent.map(({ id }) => harness.notes().find((note) => note.id === id));
      expect(seen.map((note) => note?.parameters)).toEqual([
        EVERY_TYPE_SEEN,
        EVERY_TYPE_SEEN,
        EVERY_TYPE_SEEN,
        { ...EVERY_TYPE_SEEN, labels: { "1": "b", "1099511627776": "c" } },
        { ...EVERY_TYPE_SEEN, whole: 2, ratio: 3, missing: "here", fallback: 8 },
      ]);
      expect(seen[0]?.headers).toEqual({
        "sentry-trace": expect.any(String),
        baggage: expect.any(String),
        number: "1",
        text: "ä",
        yes: "True",
        none: "None",
      });
      expect(seen[0]?.headers).toEqual(sent[0]?.headers);
    });

    it("what does not fit is a dead letter that says what was expected, whatever the sender's policy", async () => {
      await using harness = await startHarness("unfit");
      const sender = harness.producer();
      const fit = { kwargs: EVERY_TYPE };
      const cases: readonly (readonly [string, { args?: readonly unknown[]; kwargs?: object }, string])[] = [
        ["every_type", { kwargs: { ...EVERY_TYPE, whole: { float: "2.5" } } }, "whole: expected int, got 2.5"],
        ["every_type", { kwargs: { ...EVERY_TYPE, moment: "2026-03-04T05:06:07" } }, "moment: expected datetime"],
        ["every_type", { kwargs: { ...EVERY_TYPE, nothing: { bytes: "00" } } }, "nothing: expected string"],
        [
          "every_type",
          { kwargs: { ...EVERY_TYPE, colour: "blue" } },
          'colour: expected one of "red", "green", got "blue"',
        ],
        ["every_type", { kwargs: { ...EVERY_TYPE, anything: { float: "nan" } } }, "anything: expected json"],
        [
          "every_type",
          { kwargs: { ...EVERY_TYPE, labels: { pairs: [[1.5, "x"]] } } },
          "neither a string nor an integer: 1.5",
        ],
        ["plain", { args: [1, 2] }, "at most 1 positional arguments (n), got 2"],
        ["plain", { args: [1], kwargs: { n: 1 } }, "expected one value, got both a positional and a named one"],
        ["plain", {}, "n: expected int, got nothing"],
        // Packed tighter than anything that a worker of ours unpacks.
        ["packed", { kwargs: { text: { repeated: ["a", 100_000] } } }, "at most 200:1 is unpacked"],
      ];
      const ids: string[] = [];
      for (const [task, call] of cases) ids.push((await sender.send(task, { ...call, kwargs: { ...call.kwargs } })).id);
      await sender.send("every_type", fit);
      await harness.processes.broker();
      await harness.processes.worker();
      await harness.ended({ completed: 1, deadlettered: cases.length });
      const deadLetters = new Map(
        (await harness.deadLetters("things", cases.length)).map((deadLetter) => [
          deadLetter.headers?.["taskwire-id"],
          deadLetter,
        ]),
      );
      for (const [index, [, , message]] of cases.entries()) {
        const { headers } = deadLetters.get(ids[index] ?? "") ?? {};
        expect(headers).toMatchObject({ "taskwire-reason": "bad_parameters" });
        expect(headers?.["taskwire-error"]).toContain(message);
      }
    });

    it("parameters in zstd are unpacked: asked for by the task, and above its threshold", async () => {
      await using harness = await startHarness("zstd");
      const sender = harness.producer();
      const mixed = Array.from({ length: 60 }, (_, n) => `${n}é`).join(" ");
      const small = await sender.send("packed", { args: [{ repeated: [mixed, 10] }] });
      const large = await sender.send("every_type", {
        kwargs: { ...EVERY_TYPE, text: { repeated: ["0123456789".repeat(10), 20] }, blob: { random: [40_000, 100] } },
      });
      for (const { headers } of [small, large]) expect(headers["compression-type"]).toBe("zstd");
      expect(small.parameters).toBeLessThan(1000);
      await harness.processes.broker();
      await harness.processes.worker();
      await harness.ended({ completed: 2 });
      const [first] = harness.notes("things.packed");
      expect(first?.parameters).toEqual({ text: mixed.repeat(10) });
      const [second] = harness.notes("things.every_type");
      expect(Object(second?.parameters.blob).bytes).toHaveLength(8_000_000);
    });

    it("retries are ours to decide (times, on, ignore), and what happens to them is the sender's word", async () => {
      await using harness = await startHarness("retries");
      const sender = harness.producer();
      const flaky = await sender.send("flaky", { kwargs: { n: 3 } });
      const doomed = await sender.send("flaky", { kwargs: { n: 9 } });
      const unavailable = await sender.send("picky", { args: ["Unavailable"] });
      const gone = await sender.send("picky", { args: ["Gone"] });
      const other = await sender.send("picky", { args: ["Other"] });
      const careless = await sender.send("picky_discarded", { args: ["Gone"] });
      await harness.processes.broker();
      await harness.processes.worker();
      await harness.ended({ completed: 1, deadlettered: 4, discarded: 1 });
      expect((await harness.processes.status()).ended).toMatchObject({
        completed: 1,
        retried: 6,
        deadlettered: 4,
        discarded: 1,
      });
      const runs = (sent: { readonly id: string }) =>
        harness
          .notes()
          .filter(({ id, headers }) => (headers["taskwire-root"] ?? id) === sent.id)
          .map(({ attempt }) => attempt);
      expect(runs(flaky)).toEqual([1, 2, 3]);
      expect(runs(doomed)).toEqual([1, 2, 3]);
      expect(runs(unavailable)).toEqual([1, 2, 3]);
      for (const sent of [gone, other, careless]) expect(runs(sent)).toEqual([1]);
      const deadLetters = (await harness.deadLetters("things", 4)).map(({ headers }) => [
        headers?.["taskwire-reason"],
        headers?.["taskwire-attempts"],
      ]);
      expect(deadLetters.map(String).sort()).toEqual([
        "attempts_exceeded,3",
        "attempts_exceeded,3",
        "error,1",
        "error,1",
      ]);
    });

    it("at most once, expiry and countdown are kept", async () => {
      await using harness = await startHarness("times");
      const sender = harness.producer();
      const sentAt = Date.now();
      await sender.send("plain", { kwargs: { n: 1 }, options: { expires: 1 } });
      await sender.send("once", { kwargs: { n: 1 } });
      await sender.send("once", { kwargs: { n: -1 } });
      // The first has expired when it is handed out.
      await until(() => Date.now() > sentAt + 2000);
      await harness.processes.broker();
      await sender.send("plain", { kwargs: { n: 2 }, options: { countdown: 2, expires: 600 } });
      await until(async () => (await harness.processes.status()).counts.delayed === 1);
      await harness.processes.worker();
      await harness.ended({ completed: 2, expired: 1, discarded: 1 });
      expect(harness.notes("things.plain").map(({ parameters }) => parameters.n)).toEqual([2]);
      expect(
        harness
          .notes("things.once")
          .map(({ parameters }) => parameters.n)
          .sort(),
      ).toEqual([-1, 1]);
    });
  },
);
