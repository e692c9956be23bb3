import { describe, expect, it } from "vitest";
import { History } from "#runtime/broker/history/history.js";
import { listErrors } from "#runtime/broker/history/list-errors.js";
import { fingerprintOf } from "#runtime/operations/fingerprint/fingerprint.js";
import { type EndFields, Ends, WALL } from "./ended.js";

function start() {
  const history = new History(WALL);
  const ends = new Ends(history);
  const list = (request: object = {}, at = 0) => listErrors(history, request, WALL + at);
  return { history, list, fail: (fields: EndFields) => ends.end({ how: "retry", ...fields }) };
}

const FRAME = "    at deliver (file:///srv/mail.ts:1:2)";

/** Letters only: numbers are no difference between errors. */
const word = (n: number) => [...String(n)].map((digit) => "abcdefghij"[Number(digit)]).join("");

describe("groups of errors", () => {
  it("hold failed runs of one kind, with their number, times, last five ids and a count of each minute", () => {
    const { fail, list } = start();
    for (let n = 0; n < 7; n += 1) fail({ id: `i${n}`, at: n * 60_000, error: `Error: order ${n} is gone\n${FRAME}` });
    fail({ id: "other", at: 0, error: "Error: refused" });
    fail({
      id: "last",
      at: 420_000,
      reason: "attempts_exceeded",
      error: `Error: order 99 is gone\n${FRAME}`,
      how: "failure",
    });
    const { groups, matched, ungrouped } = list({}, 420_000);
    expect([matched, ungrouped]).toEqual([2, 0]);
    expect(groups[0]).toMatchObject({
      task: "things.one",
      count: 8,
      reason: "attempts_exceeded",
      frame: "deliver (file:///srv/mail.ts:1:2)",
      firstSeen: "2026-03-01T10:00:00.000Z",
      lastSeen: "2026-03-01T10:07:00.000Z",
    });
    expect([...(groups[0]?.ids ?? [])].sort()).toEqual(["i3", "i4", "i5", "i6", "last"]);
    expect(groups[0]?.perMinute).toHaveLength(60);
    expect(groups[0]?.perMinute.slice(-8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("have the fingerprint that a dead letter with the same error has", () => {
    const { fail, list } = start();
    const error = `Error: order 5 is gone\n${FRAME}`;
    fail({ error });
    const letter = { reason: "attempts_exceeded" as const, task: "things.one", error: error.replace("5", "77") };
    expect(list().groups[0]?.fingerprint).toBe(fingerprintOf(letter));
  });

  it("separate errors whose beginnings are the same", () => {
    const { fail, list } = start();
    const long = "x".repeat(600);
    fail({ error: `Error: ${long}\n${FRAME}` });
    fail({ error: `Error: ${long}\n    at other (file:///srv/post.ts:1:2)` });
    fail({ error: "Error: a" });
    fail({ error: "Error: a b" });
    fail({ error: "Error: a", reason: "deadline_exceeded" });
    fail({ error: "Error: a", task: "things.two" });
    expect(list().matched).toBe(6);
  });

  it("compute at most 2,000 fingerprints a second, and say how many runs are in no group", () => {
    const { fail, list, history } = start();
    for (let n = 0; n < 2500; n += 1) fail({ error: `Error: ${word(n)}`, at: 0 });
    expect(history.groups.ungrouped).toBe(500);
    for (let n = 0; n < 100; n += 1) fail({ error: `Error: ${word(2499)}`, at: 1000 });
    expect(list({ limit: 1 }, 1000)).toMatchObject({ ungrouped: 500, groups: [{ count: 100 }] });
  });

  it("are at most 1,000, those that were seen last, for 24 hours", () => {
    const { fail, list, history } = start();
    for (let n = 0; n < 1500; n += 1) fail({ error: `Error: ${word(n)}`, at: n * 1000 });
    expect(history.groups.size).toBe(1000);
    const day = 24 * 3_600_000;
    expect(list({ limit: 1000 }, day).groups.at(-1)?.error).toBe(`Error: ${word(500)}`);
    expect(list({}, day + 1_499_999).matched).toBe(0);
    fail({ error: `Error: ${word(0)}`, at: day });
    expect(list({ q: 'error:"Error: a"' }, day).groups[0]).toMatchObject({ count: 1 });
  });

  it("are narrowed by task, reason, text and age", () => {
    const { fail, list } = start();
    fail({ error: "Error: refused", task: "things.one" });
    fail({ error: "Error: timed out", task: "things.two", at: 60_000, reason: "deadline_exceeded" });
    const tasks = (q: string) => list({ q }, 60_000).groups.map(({ task }) => task);
    expect(tasks("task:things.t*")).toEqual(["things.two"]);
    expect(tasks("reason:error")).toEqual(["things.one"]);
    expect(tasks("error:timed")).toEqual(["things.two"]);
    expect(tasks("age>30s")).toEqual(["things.one"]);
    expect(() => list({ q: "worker:w" })).toThrow("worker: it narrows");
  });
});
