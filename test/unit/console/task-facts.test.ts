import { describe, expect, it } from "vitest";
import { countedByKind } from "#runtime/broker/controls/described.js";
import type { KnownTask } from "#runtime/operations/documents/front.js";
import { busiest, worst } from "../../../console/source/screens/overview/ranking.js";
import { policyWords } from "../../../console/source/screens/tasks/policy-words.js";
import { failingShare, inFlight, joined, taskFacts } from "../../../console/source/screens/tasks/task-facts.js";
import { statusWith } from "../../support/status.js";

const NONE = { pending: 0, processing: 0, retry: 0, failure: 0, delayed: 0, parked: 0 };
const SEND = { application: "shop", namespace: "mail", task: "shop.mail.send" };

const KNOWN: KnownTask = {
  application: "shop",
  namespace: "mail",
  sendable: true,
  key: "send",
  name: "shop.mail.send",
  hash: "41c0",
  parameters: [],
  processingDeadline: 60_000,
  atMostOnce: false,
  compression: "auto",
  owner: "team-mail",
};

const control = (kind: "task" | "namespace" | "kill" | "topic", subject: string) => ({
  id: `${kind}-${subject}`,
  kind,
  subject,
  by: "ada",
  reason: "",
  since: null,
  until: null,
  source: "person" as const,
  line: null,
  dropped: null,
  reach: "pool" as const,
});

describe("the facts of tasks in the console", () => {
  it("add what several brokers have of one task, and keep the oldest age", () => {
    const task = { ...NONE, ...SEND, pending: 3, processing: 1, oldestPending: 40 };
    const facts = taskFacts(
      [
        statusWith({ tasks: [task], lastMinute: [{ ...SEND, done: 60, failed: 1 }] }),
        statusWith({ tasks: [{ ...task, oldestPending: 90 }], lastMinute: [{ ...SEND, done: 0, failed: 2 }] }),
      ],
      [KNOWN],
    );
    expect(facts).toMatchObject([
      { ...SEND, owner: "team-mail", oldestPending: 90, done: 60, failed: 3, counts: { pending: 6, processing: 2 } },
    ]);
    expect(facts.map(inFlight)).toEqual([8]);
    expect(facts.map(failingShare)).toEqual([3 / 63]);
  });

  it("have a task of the model that nobody has seen, and one that no model has", () => {
    const stray = { application: "other", namespace: "x", task: "a.stray" };
    const facts = taskFacts([statusWith({ unclaimed: [{ ...stray, pending: 2, parked: 5, oldest: 700 }] })], [KNOWN]);
    expect(facts.map(({ task, known, unclaimed }) => [task, known !== null, unclaimed])).toEqual([
      ["a.stray", false, { count: 7, oldest: 700 }],
      ["shop.mail.send", true, null],
    ]);
    expect(facts.map(failingShare)).toEqual([null, null]);
  });

  it("name the controls of the task and of its namespace once, and no others", () => {
    const inForce = [
      control("task", SEND.task),
      control("namespace", "mail"),
      control("kill", "b"),
      control("topic", "mail"),
    ];
    const status = statusWith({
      controls: { version: "1", inForce, leftOut: 0, byKind: countedByKind(inForce), problem: null },
    });
    expect(taskFacts([status, status], [KNOWN])[0]?.controls.map(({ id }) => id)).toEqual([
      "task-shop.mail.send",
      "namespace-mail",
    ]);
  });

  it("of one wire name in two applications are one where only the name is given", () => {
    const task = { ...NONE, ...SEND, pending: 3, oldestPending: null };
    const facts = taskFacts([statusWith({ tasks: [task, { ...task, application: "till", oldestPending: 5 }] })], []);
    expect(facts).toHaveLength(2);
    expect(joined(facts)).toMatchObject({ counts: { pending: 6 }, oldestPending: 5 });
    expect(joined([])).toBeUndefined();
  });

  it("are ordered by runs for the busiest, by failures and age for the worst", () => {
    const named = (task: string) => ({ ...SEND, task });
    const facts = taskFacts(
      [
        statusWith({
          lastMinute: [
            { ...named("calm"), done: 5, failed: 0 },
            { ...named("busy"), done: 90, failed: 2 },
            { ...named("broken"), done: 0, failed: 2 },
          ],
          unclaimed: [
            { ...named("young"), pending: 1, parked: 0, oldest: 10 },
            { ...named("old"), pending: 1, parked: 0, oldest: 90 },
          ],
        }),
      ],
      [KNOWN],
    );
    expect(busiest(facts, 2).map(({ task }) => task)).toEqual(["busy", "calm"]);
    expect(worst(facts, 9).map(({ task }) => task)).toEqual(["broken", "busy", "old", "young"]);
  });
});

describe("a retry policy in words", () => {
  const policy = { times: 5, timesExceeded: "deadletter", delay: 10_000, backoff: "exponential", jitter: 0 } as const;

  it("names runs, delays and what follows", () => {
    expect(policyWords({ ...policy, maxDelay: 300_000 })).toBe(
      "up to 5 runs, 10 s apart, doubling up to 5 min; then a dead letter",
    );
    expect(policyWords({ ...policy, backoff: "fixed", jitter: 0.1, timesExceeded: "discard" })).toBe(
      "up to 5 runs, 10 s apart, give or take 10 %; then it is discarded",
    );
    expect(policyWords({ ...policy, times: 1 })).toBe("1 run; then a dead letter");
  });

  it("names the errors that it is for", () => {
    const fixed = { ...policy, backoff: "fixed", delay: 0 } as const;
    expect(policyWords({ ...fixed, on: ["TimeoutError"] })).toBe(
      "up to 5 runs, at once, only for TimeoutError; then a dead letter",
    );
    expect(policyWords({ ...fixed, on: [] })).toBe(
      "up to 5 runs, at once, only when its handler asks for it; then a dead letter",
    );
    expect(policyWords({ ...fixed, ignore: ["A", "B"] })).toBe(
      "up to 5 runs, at once, unless it is A or B; then a dead letter",
    );
    expect(policyWords(undefined)).toBe("a failed run is not retried, unless its handler asks for it");
  });
});
