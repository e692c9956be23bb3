import { describe, expect, it } from "vitest";
import type { LogFields, Logger } from "#runtime/base/logger.js";
import { eventually, files, outcome, start } from "./support.js";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

function hearing(): { lines: Line[]; log: Logger } {
  const lines: Line[] = [];
  const line =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields });
  return { lines, log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") } };
}

for (const isolation of ["process", "none"] as const) {
  describe(`task.log with isolation ${isolation}`, () => {
    it("writes lines to the worker's log that name the run, whatever their fields say", async () => {
      const { lines, log } = hearing();
      const { broker } = await start({ isolation, log });
      const id = broker.add("t.says", {}, { attempts: 1 });
      await outcome(broker, id);
      const own = await eventually(() => {
        const own = lines.filter(({ fields }) => fields.task === "t.says");
        expect(own).toHaveLength(4);
        return own;
      });
      expect(own.map(({ level, message }) => `${level} ${message}`)).toEqual([
        "debug quietly",
        "info says",
        "warn turns",
        "error long",
      ]);
      for (const { fields } of own) expect(fields).toMatchObject({ id, task: "t.says", attempt: 2 });
      expect(own[1]?.fields.n).toBe(0);
      if (isolation === "none") return;
      expect(own[1]?.fields).toMatchObject({
        large: String(2n ** 64n),
        error: expect.stringContaining("RangeError: far"),
      });
      expect(own[2]?.fields.unwritable).toContain("circular");
    });

    it("names the first run of a chain, and how often the run was lost before, in the handler's lines and the worker's", async () => {
      const { lines, log } = hearing();
      const { broker } = await start({ isolation, log });
      const further = broker.add("t.says", {}, { attempts: 1, root: "first", lost: 2 });
      const first = broker.add("t.says");
      for (const id of [further, first]) await outcome(broker, id);
      const of = (id: string) => lines.filter(({ fields }) => fields.id === id).map(({ fields }) => fields);
      await eventually(() => expect(of(further).length + of(first).length).toBeGreaterThanOrEqual(8));
      for (const fields of of(further)) expect(fields).toMatchObject({ root: "first", attempt: 2, lost: 2 });
      for (const fields of of(first)) {
        expect(fields).not.toHaveProperty("root");
        expect(fields).not.toHaveProperty("lost");
      }
    });

    it("has the errors that a task declares as no news at debug only", async () => {
      const { lines, log } = hearing();
      const { broker, worker } = await start({ isolation, log });
      await outcome(broker, broker.add("t.silenced"));
      await outcome(broker, broker.add("t.silenced", {}, { attempts: 2 }));
      const levels = lines.filter(({ fields }) => fields.task === "t.silenced").map(({ level }) => level);
      expect(levels).toEqual(["debug", "debug"]);
      expect(worker.stats().finished).toMatchObject({ retry: 1, failure: 1 });
    });

    it("knows a permanent error, and a run by currentTask() of taskwire/worker", async () => {
      const { broker } = await start({ isolation });
      const { log, lines } = files();
      expect(await outcome(broker, broker.add("t.permanent"))).toMatchObject({
        kind: "failure",
        error: expect.stringMatching(/^PermanentError: gone\n/),
      });
      const id = broker.add("t.current", { log });
      await outcome(broker, id);
      expect(lines()).toEqual([id]);
    });

    it("logs at its deadline a run whose .delay() call does not end", async () => {
      const { broker } = await start({ isolation });
      const id = broker.add("t.never_delayed", {}, { deadline: 200 });
      expect(await outcome(broker, id)).toMatchObject({ kind: "failure", reason: "deadline_exceeded" });
    });

    it("binds positional arguments to the declared names, in msgpack and in the JSON of older producers", async () => {
      const { lines, log } = hearing();
      const { broker, worker } = await start({ isolation, log });
      const bind = async (args: unknown[], kwargs: object, json = false) => {
        const id = broker.addCall("t.pair", args, kwargs, json);
        const ended = await outcome(broker, id);
        if (ended.kind !== "complete") return ended;
        return eventually(() => {
          const line = lines.find(({ fields }) => fields.id === id);
          if (line === undefined) throw new Error("no line yet");
          const { a, b, c } = line.fields;
          return { a, b, c };
        });
      };
      for (const json of [false, true]) {
        expect(await bind([1, "x", 2], {}, json)).toEqual({ a: 1, b: "x", c: 2 });
        expect(await bind([1], { b: "x" }, json)).toEqual({ a: 1, b: "x", c: 7 });
        expect(await bind([1, null], {}, json)).toEqual({ a: 1, b: undefined, c: 7 });
        expect(await bind([], { a: 1, later: true }, json)).toEqual({ a: 1, b: undefined, c: 7 });
        expect(await bind([1, "x", 2, 3], {}, json)).toMatchObject({
          reason: "bad_parameters",
          error: "t.pair: expected at most 3 positional arguments (a, b, c), got 4",
        });
        expect(await bind([1], { a: 2 }, json)).toMatchObject({
          reason: "bad_parameters",
          error: "t.pair: a: expected one value, got both a positional and a named one",
        });
        expect(await bind(["one"], {}, json)).toMatchObject({
          reason: "bad_parameters",
          error: 't.pair: a: expected int, got "one"',
        });
      }
      expect(worker.stats().unknownKeys).toBe(2);
    });
  });
}

describe("the log of a child that ends", () => {
  it.each([
    ["by process.exit", "exit"],
    ["by kill -9", "kill"],
    ["by its deadline, in an endless loop", "loop"],
  ])("%s has every line that was written before", async (_, how) => {
    const { lines, log } = hearing();
    const { broker, worker } = await start({ log, concurrency: 1 });
    const count = 2000;
    broker.add("t.says_much_and_ends", { count, how }, { atMostOnce: true, deadline: how === "loop" ? 2000 : 30_000 });
    await eventually(() => expect(worker.stats().finished.failure).toBe(1));
    const heard = lines.filter(({ message }) => message === "line").map(({ fields }) => fields.n);
    expect(heard).toEqual(Array.from({ length: count }, (_, n) => n));
  });
});
