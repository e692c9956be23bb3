import { describe, expect, it } from "vitest";
import { checksOf } from "#runtime/cli/commands/doctor/letters.js";
import type { LetterDocument, LetterList } from "#runtime/operations/documents/letter.js";

const NOW = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;

function list(open: number, deletedIn: number | undefined, change: Partial<LetterList> = {}): LetterList {
  const letter: LetterDocument = {
    ...{ place: "work-dlq/0/7", id: "a", root: "a", application: "app", namespace: "things", task: "things.quick" },
    ...{ reason: "error", error: "", fingerprint: "", attempts: 1, lost: 0, original: "work/0/1", size: 1 },
    atMostOnce: false,
    state: "open",
    content: "activation",
  };
  const deletedAfter = deletedIn === undefined ? {} : { deletedAfter: new Date(NOW + deletedIn).toISOString() };
  return {
    letters: open === 0 ? [] : [{ ...letter, ...deletedAfter }],
    ...{
      total: { count: open, exact: true },
      looked: null,
      counts: { open, replayed: 3, purged: 0 },
      older: [],
      read: 1,
      unreadable: [],
    },
    ...change,
  };
}

const checks = (given: LetterList) => checksOf("letters", "default", given, NOW);

describe("what doctor says about dead letters", () => {
  it("is how many are open, when the log keeps the oldest for two more days or without end", () => {
    expect(checks(list(0, undefined))).toEqual([
      { check: "letters", level: "ok", text: "no dead letter of pool default is open" },
    ]);
    expect(checks(list(1, undefined))[0]?.text).toBe("1 dead letter of pool default is open");
    expect(checks(list(2140, 49 * HOUR_MS, { read: 0.345 }))).toEqual([
      {
        check: "letters",
        level: "ok",
        text: "2,140 dead letters of pool default are open, with 34 % of them read",
      },
    ]);
  });

  it("is a warning with the time and what to do, when the log deletes the oldest within two days or may have begun to", () => {
    for (const left of [47 * HOUR_MS, -HOUR_MS]) {
      expect(checks(list(3, left))).toMatchObject([
        {
          level: "warn",
          text: `the log deletes open dead letters soon: work-dlq/0/7 of things.quick after ${new Date(NOW + left).toISOString()}`,
          evidence: ["3 dead letters of pool default are open"],
          hint: expect.stringContaining("dead_letter_retention"),
        },
      ]);
    }
  });

  it("is a warning for each topic that the broker cannot read, and nothing about how many there are", () => {
    const unreadable = [{ topic: "work-dlq", error: "it is away" }];
    expect(checks(list(0, undefined, { unreadable }))).toMatchObject([
      { level: "warn", text: "the dead letters in work-dlq cannot be read: it is away" },
    ]);
  });
});
