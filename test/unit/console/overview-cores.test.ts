import { describe, expect, it } from "vitest";
import { PAGES } from "#runtime/operations/diagnose/codes.js";
import type { Finding } from "#runtime/operations/diagnose/finding.js";
import type { KnownTask, ScheduleDocument } from "#runtime/operations/documents/front.js";
import { linkOf } from "../../../console/source/screens/overview/finding-link.js";
import { nextRuns } from "../../../console/source/screens/overview/next-runs.js";
import { callsOf, sampleOf } from "../../../console/source/screens/overview/samples.js";

const field = { optional: false, nullable: false };

const TASK: KnownTask = {
  application: "shop",
  namespace: "mail_out",
  sendable: true,
  key: "send_welcome",
  name: "shop.mail.send_welcome",
  hash: "41c0",
  processingDeadline: 60_000,
  atMostOnce: false,
  compression: "auto",
  parameters: [
    { ...field, name: "id", type: { kind: "int", min: 5 } },
    { ...field, name: "level", type: { kind: "named", name: "Level" } },
    { ...field, name: "to", type: { kind: "named", name: "Address" } },
    { ...field, name: "note", type: { kind: "string", minLength: 6 }, optional: true },
    { ...field, name: "tags", type: { kind: "list", element: { kind: "string" }, minLength: 1 } },
    { ...field, name: "x-y", type: { kind: "bool" }, nullable: true },
  ],
};

const TYPES = [
  { kind: "enum", name: "Level", values: ["it's high", "low"] },
  {
    kind: "record",
    name: "Address",
    fields: [
      { ...field, name: "mail", type: { kind: "string", maxLength: 2 } },
      { ...field, name: "inner", type: { kind: "named", name: "Address" } },
    ],
  },
] as const;

describe("an example of parameters", () => {
  it("keeps to types and bounds, leaves out what may be left out, and ends where records contain themselves", () => {
    const { to, ...sample } = sampleOf(TASK, TYPES);
    expect(sample).toEqual({ id: 5, level: "it's high", tags: ["text"], "x-y": null });
    expect(JSON.stringify(to)).toMatch(/^({"mail":"te","inner":){6}{}}{6}$/);
  });

  it("is quoted for a shell, and written as a literal for a program", () => {
    const short = {
      ...TASK,
      parameters: [TASK.parameters[1], TASK.parameters[5]].filter((each) => each !== undefined),
    };
    expect(callsOf(short, TYPES)).toEqual({
      shell: `npx taskwire send mail_out.send_welcome '{"level":"it'\\''s high","x-y":null}'`,
      program: `await mailOut.sendWelcome.delay({ level: "it's high", "x-y": null });`,
    });
    expect(callsOf({ ...TASK, parameters: [] }, TYPES)).toEqual({
      shell: "npx taskwire send mail_out.send_welcome",
      program: "await mailOut.sendWelcome.delay();",
    });
  });
});

describe("the link of a finding", () => {
  const finding = (code: Finding["code"], subject: Finding["subject"]): Finding => ({
    code,
    subject,
    level: "slow",
    age: null,
    pool: null,
    broker: null,
    text: "",
    evidence: [],
    hint: "",
    docs: PAGES[code],
  });

  it("leads to the task, worker, broker or activations that it is about", () => {
    const task = { kind: "task", name: "a.b", namespace: null } as const;
    expect(linkOf(finding("task_without_worker", task))).toMatchObject({ screen: "task", params: { name: "a.b" } });
    expect(linkOf(finding("handlers_fail", task))).toMatchObject({
      screen: "activations",
      search: { tab: "ended", q: "task:a.b end:retry,failure,discarded" },
    });
    expect(linkOf(finding("workers_lost", { kind: "worker", name: "w" }))).toMatchObject({ screen: "workers" });
    expect(linkOf(finding("disk_full", { kind: "broker", name: "b" }))).toMatchObject({ screen: "brokers" });
    expect(linkOf(finding("work_expires", { kind: "namespace", name: "a b" }))).toMatchObject({
      screen: "activations",
      search: { q: 'ns:"a b"' },
    });
  });

  it("leads to the controls for what people hold back, whatever it is about", () => {
    expect(linkOf(finding("paused", { kind: "namespace", name: "mail" }))).toMatchObject({ screen: "controls" });
  });
});

describe("the next runs of schedules", () => {
  it("are the first of each, in the order of time, without paused ones", () => {
    const schedule = (task: string, ...next: string[]): ScheduleDocument => ({
      task,
      name: task,
      namespace: "n",
      plan: "every 60s",
      timezone: null,
      words: "every minute",
      missed: "skip",
      jitterSeconds: 0,
      parameters: null,
      cluster: "local",
      known: true,
      taken: true,
      late: null,
      scheduler: null,
      missedSlots: null,
      overdue: null,
      paused: next.length === 0,
      pausedAt: null,
      last: null,
      next,
    });
    const all = [
      schedule("late", "2026-01-01T02:00:00Z"),
      schedule("soon", "2026-01-01T01:00:00Z", "2026-01-01T01:30:00Z"),
      schedule("paused"),
    ];
    expect(nextRuns(all, 5).map(({ task }) => task)).toEqual(["soon", "late"]);
    expect(nextRuns(all, 1)).toHaveLength(1);
  });
});
