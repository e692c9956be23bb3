import { describe, expect, test } from "vitest";
import type { ShowActivationAnswer } from "#runtime/operations/documents/activations.js";
import type { ActivationContent, ShownParameter } from "#runtime/operations/documents/content.js";
import type { EndDocument } from "#runtime/operations/documents/ends.js";
import { asJson, asSend, asTestInput, exact, isCovered } from "../../../console/source/screens/activation/copies.js";
import { momentsOf, momentsOfEnd, runsOf } from "../../../console/source/screens/activation/timeline.js";
import { traceLink } from "../../../console/source/screens/activation/trace.js";

const at = (seconds: number) => new Date(1_800_000_000_000 + seconds * 1000).toISOString();
const NOW = Date.parse(at(100));

function shown(change: Partial<ShowActivationAnswer["activation"]>): ShowActivationAnswer["activation"] {
  return {
    ...{ id: "i", application: "sentry", namespace: "issues", task: "issues.deliver", state: "pending" },
    ...{ received: at(0), due: null, expires: null, attempt: 1, attempts: 3, worker: null, claimUntil: null },
    ...{ reason: null, error: null, topic: "events", partition: 0, offset: 7, size: 90 },
    ...{ atMostOnce: false, deadLetter: true, deadline: 30_000, lostAttempts: 0 },
    ...change,
  };
}

function end(change: Partial<EndDocument>): EndDocument {
  return {
    ...{ end: "completed", at: at(10), id: "i", application: "sentry", namespace: "issues", task: "issues.deliver" },
    ...{ topic: "events", partition: 0, offset: 7, attempt: 1, lost: 0, receivedAt: at(0), due: null },
    ...{
      handedOutAt: at(4),
      held: 6000,
      ran: 5000,
      worker: "w-7",
      claim: 1,
      reason: null,
      error: "",
      fingerprint: null,
    },
    ...change,
  };
}

describe("the line of time of an activation", () => {
  const names = (moments: readonly { readonly name: string; readonly when: string }[]) =>
    moments.map(({ name, when }) => `${name} ${when}`);

  test("a delayed one was received, waits, is due later and expires", () => {
    const moments = momentsOf(shown({ state: "delayed", due: at(200), expires: at(150) }), NOW);
    expect(names(moments)).toEqual(["received past", "now now", "expires next", "due next"]);
  });

  test("a running one started one deadline before its claim ends", () => {
    const moments = momentsOf(shown({ state: "processing", worker: "w-7", claimUntil: at(120) }), NOW);
    expect(names(moments)).toEqual(["received past", "started past", "now now", "deadline next"]);
    expect(moments[1]?.at).toBe(Date.parse(at(90)));
    expect(moments[1]?.text).toContain("w-7");
  });

  test("a start that no worker reported has no time", () => {
    const moments = momentsOf(shown({ state: "processing", worker: "w-7" }), NOW);
    expect(names(moments)).toEqual(["received past", "handed out past", "now now"]);
    expect(moments[1]?.at).toBeNull();
  });

  test("a run beyond its deadline is marked as bad", () => {
    const moments = momentsOf(shown({ state: "processing", claimUntil: at(90) }), NOW);
    expect(moments.at(-1)).toMatchObject({ name: "deadline", when: "past", bad: true });
  });

  test("a run that was asked to end says so, and by when it ends", () => {
    const moments = momentsOf(shown({ state: "processing", claimUntil: at(120), reason: "cancelled" }), NOW);
    expect(moments.map(({ text }) => text).join("; ")).toMatch(/Asked to end.*Ends by then at the latest/);
  });

  test("hand-outs that were lost with their workers are counted", () => {
    expect(momentsOf(shown({ lostAttempts: 2 }), NOW)[1]).toMatchObject({
      text: expect.stringContaining("2 times"),
      bad: true,
    });
  });

  test("an ended run shows when its handler started", () => {
    const moments = momentsOfEnd(end({}));
    expect(moments.map(({ name }) => name)).toEqual(["received", "handed out", "started", "ended"]);
    expect(moments[2]?.at).toBe(Date.parse(at(5)));
  });

  test("a run that failed names its reason", () => {
    expect(momentsOfEnd(end({ end: "failure", reason: "deadline_exceeded" })).at(-1)).toMatchObject({
      text: expect.stringContaining("deadline_exceeded"),
      bad: true,
    });
  });

  test("the chain says where each run is, and how known ones ended", () => {
    const chain = [
      { id: "a", attempt: 1, state: null },
      { id: "b", attempt: 2, state: null },
      { id: "c", attempt: 3, state: "delayed" as const },
    ];
    expect(runsOf(chain, [end({ id: "b", end: "retry", reason: "error" })], "c")).toEqual([
      { id: "a", attempt: 1, here: false, text: "Has ended, or is not read yet", state: null, bad: false },
      { id: "b", attempt: 2, here: false, text: "Failed, and is retried", state: null, bad: true },
      { id: "c", attempt: 3, here: true, text: "In flight: delayed", state: "delayed", bad: false },
    ]);
  });
});

describe("copies of the parameters", () => {
  const parameter = (name: string, type: string | null, value: ShownParameter["value"]): ShownParameter => ({
    ...{ name, type, value, absent: false, covered: false },
  });
  const named = (...parameters: ShownParameter[]): ActivationContent => ({
    headers: {},
    parameters: { kind: "named", parameters },
  });

  test("large integers are written as numbers, and digits of a string stay a string", () => {
    const content = named(
      parameter("id", "bigint", "9007199254740993"),
      parameter("ids", "int[]", ["9007199254740993", 2]),
      parameter("phone", "string", "0123"),
    );
    expect(asJson(content)).toEqual({
      text: '{\n  "id": 9007199254740993,\n  "ids": [9007199254740993, 2],\n  "phone": "0123"\n}',
    });
  });

  test("a line for the shell has large integers in quotes, as the command requires", () => {
    expect(asSend(named(parameter("id", "bigint", "9007199254740993"), parameter("n", "int", 5)), "t")).toEqual({
      text: `taskwire send t '{"id": "9007199254740993", "n": 5}'`,
    });
  });

  test("a line for the shell survives quotes in values", () => {
    expect(asSend(named(parameter("name", "string", "it's")), "issues.deliver")).toEqual({
      text: `taskwire send issues.deliver '{"name": "it'\\''s"}'`,
    });
  });

  test("the input of a test has the types of TypeScript", () => {
    const content = named(
      parameter("id", "bigint", "5"),
      parameter("when", "datetime", "2026-01-01T00:00:00.000Z"),
      parameter("raw", "bytes", { $bytes: "6869", length: 2 }),
      parameter("a-b", "string", "x"),
    );
    expect(asTestInput(content)).toEqual({
      text: [
        "const input = {",
        "  id: 5n,",
        '  when: new Date("2026-01-01T00:00:00.000Z"),',
        '  raw: Buffer.from("aGk=", "base64"),',
        '  "a-b": "x",',
        "};",
      ].join("\n"),
    });
  });

  test("absent parameters are left out of a copy", () => {
    expect(asJson(named({ ...parameter("a", "int", null), absent: true }))).toEqual({ text: "{\n}" });
  });

  test("covered values, cut bytes and unread parameters are not copied", () => {
    expect(isCovered([{ deep: { $covered: true } }])).toBe(true);
    expect(asJson(named(parameter("secret", "string", { $covered: true })))).toEqual({
      why: expect.stringContaining("covered"),
    });
    expect(asJson(named(parameter("raw", "bytes", { $bytes: "00", length: 4096 })))).toEqual({
      why: expect.stringContaining("first KiB"),
    });
    expect(asSend({ headers: {}, parameters: { kind: "large", bytes: 9 } }, "t")).toEqual({
      why: "they are not opened",
    });
  });

  test("positional parameters without a model have no names", () => {
    const unnamed = (args: readonly number[]): ActivationContent => ({
      headers: {},
      parameters: { kind: "unnamed", args, kwargs: { a: 1 } },
    });
    expect(asJson(unnamed([]))).toEqual({ text: '{\n  "a": 1\n}' });
    expect(asJson(unnamed([1]))).toEqual({ why: expect.stringContaining("no model") });
    expect(asTestInput(unnamed([]))).toEqual({ why: expect.stringContaining("no model") });
  });
});

describe("what is shown of an activation", () => {
  test("large integers are exact, and digits of a string stay text", () => {
    expect(exact("9007199254740993", "bigint")).toBe(9007199254740993n);
    expect(exact(["9007199254740993", 1], "int[]")).toEqual([9007199254740993n, 1]);
    expect(exact("0123", "string")).toBe("0123");
  });

  test("the trace of either kind of header is linked, and only over http", () => {
    const id = "8717e5c16b1544216c70936c3c2eeb22";
    const template = "https://traces.example/{trace_id}";
    const href = `https://traces.example/${id}`;
    expect(traceLink(template, { traceparent: `00-${id}-ff806c3b0df4aa52-01` })).toEqual({ href, id });
    expect(traceLink(template, { "sentry-trace": `${id}-ff806c3b0df4aa52-1` })).toEqual({ href, id });
    expect(traceLink("javascript:alert({trace_id})", { "sentry-trace": `${id}-1` })).toBeUndefined();
    expect(traceLink(null, { "sentry-trace": `${id}-1` })).toBeUndefined();
    expect(traceLink(template, { traceparent: { $covered: true } })).toBeUndefined();
  });
});
