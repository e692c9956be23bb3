import { describe, expect, test } from "vitest";
import type { AuditLine } from "#runtime/operations/documents/audit.js";
import type { ControlDocument, ControlsAnswer } from "#runtime/operations/documents/controls.js";
import type { Of } from "#runtime/operations/documents/front.js";
import { entriesOf } from "../../../console/source/screens/controls/audit.js";
import { forecastWords } from "../../../console/source/screens/controls/forecast.js";
import { appliedWords, controlWords, joinedControls } from "../../../console/source/screens/controls/joined.js";
import {
  conditionProblem,
  conditionsOf,
  conditionValue,
  untilOf,
} from "../../../console/source/screens/controls/rule.js";
import { jitterWords, missedWords, zoned } from "../../../console/source/screens/schedules/words.js";

function control(change: Partial<ControlDocument>): ControlDocument {
  return {
    ...{ id: "task/a", kind: "task", subject: "a", by: "ada", reason: "", since: "2026-01-01T00:00:00Z", until: null },
    ...{ source: "person", line: null, dropped: null, reach: "pool" },
    ...change,
  };
}

const answer = (broker: string, ...controls: ControlDocument[]): Of<ControlsAnswer> => ({
  ...{ broker, version: "1", controls, leftOut: 0, problem: null },
});

describe("the controls of several brokers", () => {
  const kill = control({ id: "kill/1", kind: "kill", dropped: 3 });

  test("each control is listed once, with the brokers that apply it and what all have dropped", () => {
    const joined = joinedControls({
      brokers: [answer("A:1", kill, control({})), answer("B:1", { ...kill, dropped: 4 })],
    });
    expect(joined.map(({ control: { id }, brokers, dropped }) => [id, brokers, dropped])).toEqual([
      ["task/a", ["A:1"], null],
      ["kill/1", ["A:1", "B:1"], 7],
    ]);
    expect(joined.map((each) => appliedWords(each, ["A:1", "B:1"]))).toEqual(["1 of 2 brokers", "2 of 2 brokers"]);
  });

  test("one broker needs no words about who applies a control", () => {
    const [only] = joinedControls({ brokers: [answer("A:1", kill)] });
    expect(only && appliedWords(only, ["A:1"])).toBe("");
  });

  test("people's controls stand before rules of the file, which keep the order of its lines", () => {
    const file = (line: number) => control({ id: `file:${line}`, kind: "kill", source: "file", line, since: null });
    const newer = control({ id: "task/b", since: "2026-01-02T00:00:00Z" });
    const joined = joinedControls({ brokers: [answer("A:1", file(9), kill, control({}), file(2), newer)] });
    expect(joined.map((each) => each.control.id)).toEqual(["task/b", "task/a", "kill/1", "file:2", "file:9"]);
  });

  test("a control reads as a sentence", () => {
    expect(controlWords(control({}))).toBe("Task a is paused");
    expect(controlWords(kill)).toBe("Every a is dropped");
    expect(controlWords({ ...kill, args: { 0: 5 }, kwargs: { name: "x" } })).toBe(
      'Every a where argument 0 = 5 or name = "x" is dropped',
    );
  });
});

describe("the form of a kill rule", () => {
  test("values are JSON where they can be, and large integers stay exact", () => {
    expect(["5", "9007199254740993", "true", "null", '"5"', "abc", " x "].map(conditionValue)).toEqual([
      ...[5, "9007199254740993", true, null, "5", "abc", " x "],
    ]);
  });

  test("empty rows are left out of the conditions", () => {
    expect(
      conditionsOf([
        { name: " group_id ", text: "5" },
        { name: "", text: "" },
      ]),
    ).toEqual({ group_id: 5 });
  });

  test("a name that is missing or given twice is a problem", () => {
    expect(conditionProblem([{ name: "", text: "5" }])).toMatch(/name of its parameter is missing/);
    expect(
      conditionProblem([
        { name: "a", text: "5" },
        { name: "a", text: "6" },
      ]),
    ).toMatch(/two conditions/);
    expect(
      conditionProblem([
        { name: "a", text: "5" },
        { name: "", text: "" },
      ]),
    ).toBeUndefined();
  });

  test("an end time is a whole minute, and no end is none", () => {
    expect(untilOf(3_600_000, Date.parse("2026-01-01T00:00:01Z"))).toBe("2026-01-01T01:01:00.000Z");
    expect(untilOf(null, 0)).toBeUndefined();
  });
});

describe("the entries of the audit log", () => {
  const facts = { time: "2026-01-01T00:00:00Z", pool: "p", verb: "Cancel", actor: "ada", broker: "A:1" } as const;
  const intent = (call: string): Of<AuditLine> => ({
    ...{ ...facts, kind: "intent", call, role: "operate", address: "127.0.0.1:5", reason: "wrong data" },
    request: { q: "task:a", ids: ["1", "2"] },
  });
  const result = (call: string): Of<AuditLine> => ({
    ...facts,
    kind: "result",
    call,
    counts: { done: 2, leftOut: { running: 1 } },
  });

  test("an act and its result are one entry", () => {
    expect(entriesOf([result("c1"), intent("c1")])).toMatchObject([
      {
        actor: "ada",
        reason: "wrong data",
        asked: [
          ["q", "task:a"],
          ["ids", '["1","2"]'],
        ],
        result: { refused: false, text: "done 2, leftOut running 1" },
      },
    ]);
  });

  test("an act without a result is shown as open", () => {
    expect(entriesOf([intent("c1")])[0]?.result).toBeUndefined();
  });

  test("a result whose act is on another page is an entry of its own", () => {
    expect(entriesOf([result("c1")])).toHaveLength(1);
  });

  test("a refusal gives its message", () => {
    const refused = { ...result("c1"), refused: { code: "x", message: "no such job" } };
    expect(entriesOf([refused, intent("c1")])[0]?.result).toEqual({ refused: true, text: "Refused: no such job" });
  });

  test("equal calls of two brokers are two entries", () => {
    expect(entriesOf([result("c1"), { ...intent("c1"), broker: "B:1" }])).toHaveLength(2);
  });
});

describe("the words of a schedule", () => {
  test("missed slots are said as what happens to them", () => {
    expect(missedWords("skip")).toBe("Missed slots are skipped.");
    expect(missedWords("once")).toBe("Of missed slots the latest one is made up.");
    expect(missedWords(5)).toBe("Up to 5 missed slots are made up.");
  });

  test("a random delay is said in its largest whole unit", () => {
    expect([0, 30, 120].map(jitterWords)).toEqual([
      "",
      "Runs start up to 30 s after their slot.",
      "Runs start up to 2 min after their slot.",
    ]);
  });

  test("a moment is shown in both zones only where they differ", () => {
    const iso = "2026-01-01T12:00:00Z";
    expect(zoned(iso, "UTC", "UTC").entry).toBeUndefined();
    expect(zoned(iso, "UTC", "America/New_York").entry).toMatch(/07:00:00/);
    expect(zoned(iso, "UTC", "No/Such_Zone").entry).toBeUndefined();
  });
});

describe("what a new control would concern", () => {
  const broker = (drops?: { matched: number; atOnce: number; lookedAt: number; of: number }) => ({
    ...{ broker: "A:1", control: null, done: false, inForce: [], version: "1" },
    concerned: { pending: 5, delayed: 2, processing: 1, retry: 0, failure: 0, parked: 3, tasks: 1 },
    ...(drops === undefined ? {} : { drops }),
  });

  test("the numbers of all brokers are added", () => {
    expect(forecastWords({ brokers: [broker(), broker()] })).toEqual(["16 wait, 4 are delayed, 2 run."]);
  });

  test("a count that did not look at everything is a lower bound", () => {
    const drops = { matched: 7, atOnce: 4, lookedAt: 100, of: 300 };
    expect(forecastWords({ brokers: [broker(drops)] })).toEqual([
      "8 wait, 2 are delayed, 1 run.",
      "At least 7 would be dropped, 4 of them at once.",
      "Looked at 100 of 300.",
    ]);
  });
});
