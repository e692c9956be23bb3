import type { Model } from "taskwire/model";
import { describe, expect, it } from "vitest";
import { everyCommand } from "#runtime/cli/main.js";
import { EXPLAINS, PAGES } from "#runtime/operations/diagnose/codes.js";
import { diagnose } from "#runtime/operations/diagnose/diagnose.js";
import { summaryOf } from "#runtime/operations/diagnose/summary.js";
import { number, span } from "#runtime/operations/diagnose/words.js";
import { anchorOf, pageText } from "../../../support/pages/pages.js";
import { sessionWith } from "../../../support/status.js";
import {
  controlsWith,
  FIXTURES,
  healthyWith,
  lostWith,
  schedulesWith,
  taskWith,
  unclaimedWith,
  vitalsWith,
} from "./fixtures.js";

const CODES = Object.keys(PAGES);
const fixtures = Object.entries(FIXTURES);
const codesOf = (findings: ReturnType<typeof diagnose>) => findings.map(({ code }) => code);

const model: Model = {
  taskwire: 1,
  application: "app",
  hash: "",
  types: [],
  environments: [],
  namespaces: [
    {
      name: "issues",
      tasks: [
        {
          key: "close",
          name: "issues.close",
          hash: "",
          parameters: [],
          processingDeadline: 1000,
          expires: 3_600_000,
          atMostOnce: false,
          compression: "none",
        },
      ],
    },
  ],
};

describe("diagnose", () => {
  it("is silent for a broker that works", () => {
    expect(
      diagnose([{ broker: "a:1", status: healthyWith() }], { models: [model], schedules: schedulesWith({}) }),
    ).toEqual([]);
    expect(diagnose([])).toEqual([]);
  });

  it("has a fixture for every finding", () => {
    expect(["broker_silent", ...fixtures.map(([code]) => code)].sort()).toEqual([...CODES].sort());
  });

  it.each(fixtures)(
    "finds %s, and says it with numbers, a hint and a page",
    (code, { changes, text, others = [], schedules }) => {
      const observed = [{ broker: "a:1", status: healthyWith(changes) }, ...others];
      const findings = diagnose(observed, { models: [model], schedules });
      const found = findings.find((finding) => finding.code === code);
      expect(found?.text).toEqual(typeof text === "string" ? text : expect.stringMatching(text));
      expect(found?.hint.length).toBeGreaterThan(10);
      expect(`${found?.text}${found?.hint}${found?.evidence.join("")}`).not.toMatch(/undefined|null|NaN|Infinity/);
    },
  );

  it("names a broker that does not answer", () => {
    const [found] = diagnose([], { silent: [{ broker: "c:1", error: "connection refused" }] });
    expect(found).toMatchObject({ code: "broker_silent", level: "stopped", evidence: ["connection refused"] });
  });

  it("links to sections that exist", () => {
    for (const docs of Object.values(PAGES)) {
      const [page = "", anchor] = docs.split("#");
      const headings = [...pageText(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));
      if (anchor !== undefined) expect([docs, headings.includes(anchor)]).toEqual([docs, true]);
    }
  });

  it("puts what stops work before what slows it, and a cause before its effects", () => {
    const status = healthyWith({
      sessions: [],
      unclaimed: [unclaimedWith()],
      refused: FIXTURES.calls_refused.changes.refused ?? [],
      limits: FIXTURES.reading_paused.changes.limits ?? [],
      clockSkew: 5000,
    });
    const found = diagnose([{ broker: "a:1", status }]);
    expect(found.map(({ code, level }) => [level, code])).toEqual([
      ["stopped", "calls_refused"],
      ["stopped", "no_worker"],
      ["warning", "clock_skewed"],
      ["warning", "reading_paused"],
    ]);
  });

  it("explains only what comes later in the order of causes", () => {
    for (const [code, effects] of Object.entries(EXPLAINS))
      for (const effect of effects)
        expect([code, effect, CODES.indexOf(effect) > CODES.indexOf(code)]).toEqual([code, effect, true]);
  });

  it("says for one task only what concerns it", () => {
    const status = healthyWith({
      unclaimed: [unclaimedWith(), unclaimedWith({ task: "mail.send", namespace: "mail" })],
      runtimeConfig: {
        ...FIXTURES.namespace_demoted.changes.runtimeConfig,
        file: "f",
        current: true,
        error: undefined,
        readAt: 0,
        droppedTasks: ["mail.send"],
        selectors: 0,
        demotedNamespaces: ["issues"],
        demotedTo: { topic: "general", cluster: "kafka" },
        warnings: [],
      },
      clockSkew: 5000,
    });
    const observed = [{ broker: "a:1", status }];
    expect(codesOf(diagnose(observed, { task: "mail.send" }))).toEqual([
      "task_without_worker",
      "clock_skewed",
      "work_dropped",
    ]);
    expect(codesOf(diagnose(observed, { task: "issues.open" }))).toEqual([
      "task_without_worker",
      "clock_skewed",
      "namespace_demoted",
    ]);
  });

  it("adds up what the brokers of a pool have, and names the broker of what only one has", () => {
    const findings = diagnose([
      { broker: "a:1", status: healthyWith({ unclaimed: [unclaimedWith()] }) },
      { broker: "b:1", status: healthyWith({ unclaimed: [unclaimedWith({ oldest: 3000 })], clockSkew: 5000 }) },
    ]);
    expect(findings.map(({ text }) => text)).toEqual([
      "no worker takes issues.open: 8,420 wait, the oldest for 12 min",
      expect.stringMatching(/^broker b:1: the system clock is 5 s ahead/),
    ]);
  });

  it("keeps pools apart: a worker of one does not work for the other", () => {
    const findings = diagnose([
      { broker: "a:1", status: healthyWith() },
      { broker: "b:1", status: healthyWith({ pool: "ingest", sessions: [], unclaimed: [unclaimedWith()] }) },
    ]);
    expect(findings.map(({ code, pool }) => [code, pool])).toEqual([["no_worker", "ingest"]]);
  });

  it("says who paused or dropped what, until when and why, and on which brokers", () => {
    const kill = { id: "k1", kind: "kill", kwargs: { organization_id: 5 }, dropped: 1200, until: null } as const;
    const one = healthyWith({ controls: controlsWith({ kind: "namespace", subject: "issues" }, kill) });
    const found = diagnose([
      { broker: "a:1", status: one },
      { broker: "b:1", status: healthyWith({ controls: controlsWith(kill) }) },
    ]);
    expect(found.map(({ level, text, evidence }) => [level, text, evidence])).toEqual([
      [
        "stopped",
        "namespace issues is paused: 6 wait",
        [
          "set by ada at 2026-01-01T00:00:00.000Z, until 2026-01-02T00:00:00.000Z: the partner is down",
          "it applies on a:1 only",
        ],
      ],
      [
        "warning",
        "a kill rule drops activations of issues.close with organization_id=5: 2,400 since the start",
        ["set by ada at 2026-01-01T00:00:00.000Z, without an end: the partner is down"],
      ],
    ]);
    expect(found.map(({ hint }) => hint.split("`")[1])).toEqual([
      "taskwire resume --namespace issues",
      "taskwire kill remove k1",
    ]);
  });

  it("counts what a paused topic or pool holds back, and warns of a pause that holds nothing back", () => {
    const paused = (kind: "topic" | "pool" | "task", subject: string) =>
      diagnose([{ broker: "a:1", status: healthyWith({ controls: controlsWith({ kind, subject }) }) }]).map(
        ({ level, text }) => [level, text],
      );
    expect(paused("topic", "tasks")).toEqual([["stopped", "topic tasks is paused: 3 wait"]]);
    expect(paused("pool", "default")).toEqual([["stopped", "pool default is paused: 3 wait"]]);
    expect(paused("task", "mail.send")).toEqual([["warning", "task mail.send is paused"]]);
  });

  it("sees that brokers of a pool apply different controls", () => {
    const found = diagnose([
      { broker: "a:1", status: healthyWith() },
      { broker: "b:1", status: healthyWith({ controls: controlsWith() }) },
    ]);
    expect(found.map(({ code, evidence }) => [code, evidence])).toEqual([
      ["controls_apart", ["version 0: a:1", "version 7: b:1"]],
    ]);
  });

  it("says that workers belong to another application than the work", () => {
    const status = healthyWith({ unclaimed: [unclaimedWith({ application: "billing" })] });
    const [found] = diagnose([{ broker: "a:1", status }]);
    expect(found?.evidence).toEqual([
      'the activations belong to application "billing"; connected are workers of "app"',
    ]);
  });

  it("says that the schema does not have the task either", () => {
    const [found] = diagnose([{ broker: "a:1", status: healthyWith({ unclaimed: [unclaimedWith()] }) }], {
      models: [model],
    });
    expect(found?.evidence).toContain("the schema at hand does not have this task either");
  });

  it("names in its hints only commands that exist, with flags that they have", async () => {
    const commands = new Map((await everyCommand()).map((command) => [command.name(), command]));
    const hints = fixtures.flatMap(([, { changes, others = [], schedules }]) =>
      diagnose([{ broker: "a:1", status: healthyWith(changes) }, ...others], { models: [model], schedules }).flatMap(
        ({ hint, evidence }) => [hint, ...evidence],
      ),
    );
    const named = hints.flatMap((hint) => [...hint.matchAll(/`taskwire ([^`]+)`/g)].map(([, line = ""]) => line));
    expect(named.length).toBeGreaterThan(5);
    for (const line of named) {
      const [first = "", second = ""] = line.split(" ");
      const command = commands.get(first);
      const inner =
        command?.commands.find((each) => each.name() === second || each.aliases().includes(second)) ?? command;
      const flags = inner?.options.map(({ long }) => long) ?? [];
      expect([line, (line.match(/--[a-z-]+/g) ?? []).filter((flag) => !flags.includes(flag))]).toEqual([line, []]);
      expect([line, command === undefined]).toEqual([line, false]);
    }
  });

  it("stays bounded when names come from outside", () => {
    const unclaimed = Array.from({ length: 1000 }, (_, index) => unclaimedWith({ task: `t${index}` }));
    const droppedTasks = unclaimed.map(({ task }) => task);
    const runtimeConfig = { file: "", current: true, error: undefined, readAt: 0, selectors: 0, droppedTasks };
    const status = healthyWith({
      unclaimed,
      runtimeConfig: { ...runtimeConfig, demotedNamespaces: [], demotedTo: undefined, warnings: [] },
    });
    const found = diagnose([{ broker: "a:1", status }]);
    expect(found.length).toBe(200);
    expect(found.filter(({ code }) => code === "task_without_worker").at(-1)?.text).toBe(
      "no worker takes 950 further tasks: 3,999,500 wait",
    );
  });

  it("names the operator's way back for a drained worker, and what all drained workers stop", () => {
    const status = healthyWith({
      sessions: [sessionWith({ worker: "w-9", drained: true })],
      handled: [{ application: "app", task: "issues.close", workers: 1, closed: 1 }],
    });
    const [found] = diagnose([{ broker: "a:1", status }]);
    expect([found?.code, found?.level]).toEqual(["workers_draining", "stopped"]);
    expect(found?.evidence).toEqual([
      "no other worker takes issues.close: 3 wait",
      "an operator drained w-9 on app1: `taskwire workers undrain w-9` undoes it",
    ]);
  });

  it("says that draining workers stop work only when every worker of a task with waiting work drains", () => {
    const sessions = [sessionWith({ worker: "w-7", credit: 1 }), sessionWith({ worker: "w-9", draining: true })];
    const level = (changes: Parameters<typeof healthyWith>[0], ...others: Parameters<typeof healthyWith>[0][]) =>
      diagnose(
        [changes, ...others].map((each, at) => ({ broker: `b${at}:1`, status: healthyWith({ sessions, ...each }) })),
      ).find(({ code }) => code === "workers_draining")?.level;
    const closed = { application: "app", task: "issues.close", workers: 1, closed: 1 };
    const open = { application: "app", task: "issues.close", workers: 2, closed: 1 };
    expect(level({ handled: [closed] })).toBe("stopped");
    expect(level({ handled: [open] })).toBe("warning");
    // Another task without any worker is not the fault of those that drain.
    expect(
      level({ handled: [open], unclaimed: [unclaimedWith()], tasks: [taskWith({ task: "issues.open", pending: 9 })] }),
    ).toBe("warning");
    // A worker of another broker of the pool takes it, and one of another application does not.
    expect(level({ handled: [closed] }, { handled: [{ ...open, closed: 0 }] })).toBe("warning");
    expect(level({ handled: [closed, { ...open, application: "billing" }] })).toBe("stopped");
    expect(level({ handled: [closed], tasks: [taskWith({ delayed: 9 })] })).toBe("warning");
  });

  it("names workers that drain as the reason why nobody takes a task, not that they lack its handler", () => {
    const status = healthyWith({
      sessions: [sessionWith({ worker: "w-9", drained: true })],
      unclaimed: [unclaimedWith({ task: "issues.close" })],
    });
    const found = diagnose([{ broker: "a:1", status }]).find(({ code }) => code === "task_without_worker");
    expect(found?.evidence).toEqual(['1 worker of application "app" takes no more work: w-9 on app1']);
  });

  it("finds work that expires by its share of what ended, over all brokers, and not a few of many", () => {
    const ended = (done: number, expired: number) =>
      healthyWith({
        lastMinute: [{ application: "app", namespace: "issues", task: "issues.close", done, failed: 0, expired }],
      });
    const codes = (...statuses: ReturnType<typeof ended>[]) =>
      codesOf(diagnose(statuses.map((status, at) => ({ broker: `b${at}:1`, status }))));
    expect(codes(ended(10, 4))).toEqual([]);
    expect(codes(ended(1000, 49))).toEqual([]);
    expect(codes(ended(10, 3), ended(10, 2))).toEqual(["work_expired"]);
  });

  it("warns of the first deletion of open dead letters, 48 hours ahead and not before", () => {
    const letters = (hours: number | undefined) => {
      const deletedNext = hours === undefined ? null : { place: "d/0/1", task: "issues.close", in: hours * 3_600_000 };
      return healthyWith({ letters: { open: 3, deletedNext } });
    };
    const found = (...all: (number | undefined)[]) =>
      diagnose(all.map((hours, at) => ({ broker: `b${at}:1`, status: letters(hours) }))).map(({ text }) => text);
    expect(found(undefined, 48)).toEqual([]);
    expect(found(47, undefined, 2)).toEqual(["the log deletes open dead letters in 2 h, first d/0/1 of issues.close"]);
    expect(found(-1)).toEqual(["the log deletes open dead letters now, first d/0/1 of issues.close"]);
  });

  it("says what to do about work that is lost again and again, by whether it is still in flight", () => {
    const hint = (...lostAgain: Parameters<typeof lostWith>[0][]) =>
      diagnose([{ broker: "a:1", status: healthyWith({ lostAgain: lostAgain.map(lostWith) }) }])[0]?.hint;
    expect(hint({ end: "deadlettered" }, { id: "a3" })).toContain("`taskwire activations cancel a3`");
    expect(hint({ end: "deadlettered" })).toContain("`taskwire dead-letters list task:issues.close`");
  });

  it("does not call slots busy while one is free, nor old reports blocked", () => {
    const busy = { counts: FIXTURES.slots_busy.changes.counts, oldestPending: 720_000 };
    const sessions = [sessionWith({ credit: 0 }), sessionWith({ worker: "x", credit: 1 })];
    const stale = sessionWith({ credit: 1, vitals: vitalsWith({ loopLag: 9000, age: 60_000 }) });
    for (const each of [sessions, [stale]]) {
      const status = healthyWith({
        ...FIXTURES.slots_busy.changes,
        ...busy,
        counts: healthyWith().counts,
        sessions: each,
      });
      expect(diagnose([{ broker: "a:1", status }])).toEqual([]);
    }
  });
});

describe("the summary of what there is", () => {
  const observed = [{ broker: "a:1", status: healthyWith() }];

  it("names workers, free slots, states, the oldest, and when the next delayed one is due", () =>
    expect(summaryOf(observed)).toBe(
      "1 worker, 2 free slots, 3 pending, 2 processing, 7 delayed, the oldest pending for 40 ms, the next delayed one is due in 3 min 10 s",
    ));

  it("of one task says how its last runs ended", () => {
    expect(summaryOf(observed, "issues.close")).toBe(
      "3 pending, 2 processing, 7 delayed, the oldest pending for 40 ms, in the last minute 900 completed and 3 failed",
    );
    expect(summaryOf(observed, "issues.none")).toBe("nothing is in flight, none ended in the last minute");
    expect(
      summaryOf([{ broker: "a:1", status: healthyWith({ tasks: [taskWith({ parked: 1 })] }) }], "issues.close"),
    ).toMatch(/^1 parked/);
  });

  it("of no broker says that none answers", () => expect(summaryOf([])).toBe("no broker answers"));
});

describe("numbers and spans for people", () => {
  it.each([
    [40, "40 ms"],
    [1999, "1 s"],
    [190_000, "3 min 10 s"],
    [720_000, "12 min"],
    [7_500_000, "2 h 5 min"],
    [90_061_000, "1 d 1 h"],
  ])("a span of %d ms is written as %s", (milliseconds, text) => expect(span(milliseconds)).toBe(text));

  it("digits are grouped by three", () =>
    expect([7, 1000, 4_001_450].map(number)).toEqual(["7", "1,000", "4,001,450"]));
});
