import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ScheduleModel, SchedulePlan } from "#runtime/model/model.js";
import { slotsByMinute } from "../support/slots-reference.js";
import { entryFor, SchedulerSimulation, type Sharing } from "./scheduler-simulation.js";

/** Runs of each property; TASKWIRE_PROPERTY_RUNS sets another number. */
const RUNS = Math.min(Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 60), 2000);
const MINUTE = 60_000;
/** How long after a scheduler looks a slot runs at the latest. */
const SLACK = 5000;

type Step =
  | { readonly kind: "pass"; readonly seconds: number }
  | { readonly kind: "kill"; readonly turn: number; readonly steps: number }
  | { readonly kind: "start" }
  | { readonly kind: "rebalance" }
  | { readonly kind: "set"; readonly seconds: number };

const pass = fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 900 }) });
const kill = fc.record({ kind: fc.constant("kill" as const), turn: fc.nat(4), steps: fc.nat(7) });
const start = fc.record({ kind: fc.constant("start" as const) });
const rebalance = fc.record({ kind: fc.constant("rebalance" as const) });
const set = fc.record({ kind: fc.constant("set" as const), seconds: fc.integer({ min: -7200, max: 7200 }) });

/** A minute or more apart; around clock changes of three zones. */
const PLANS: readonly { readonly plan: SchedulePlan; readonly from: string }[] = [
  { plan: { kind: "every", period: 7 * MINUTE }, from: "2026-01-15T10:00:00Z" },
  { plan: { kind: "cron", expression: "*/5 * * * *", timezone: "Europe/Berlin" }, from: "2026-10-25T00:10:00Z" },
  { plan: { kind: "cron", expression: "30 1,2,3 * * *", timezone: "Europe/Berlin" }, from: "2026-03-29T00:10:00Z" },
  { plan: { kind: "cron", expression: "*/10 1-3 * * *", timezone: "America/New_York" }, from: "2026-11-01T05:10:00Z" },
  { plan: { kind: "cron", expression: "15 2 * * *", timezone: "America/New_York" }, from: "2026-03-08T06:10:00Z" },
  { plan: { kind: "cron", expression: "*/15 * * * *", timezone: "Australia/Lord_Howe" }, from: "2026-04-04T14:10:00Z" },
  {
    plan: { kind: "cron", expression: "40,50 1 * * *", timezone: "Australia/Lord_Howe" },
    from: "2026-10-03T14:40:00Z",
  },
];

const missedRule = fc.constantFrom<ScheduleModel["missed"]>("skip", "once", 3, 1000);
const setting = fc.record({
  plan: fc.constantFrom(...PLANS),
  missed: missedRule,
  sharing: fc.constantFrom<Sharing>("rows", "topic"),
  instances: fc.constantFrom(1, 2, 5),
});

describe("schedulers in simulated time", () => {
  it("accept each slot once and miss by rule only, however they are killed and started", async () => {
    const seen = { kills: 0, repeats: 0, missed: 0, accepted: 0 };
    const steps = fc.array(fc.oneof({ weight: 4, arbitrary: pass }, { weight: 2, arbitrary: kill }, start, rebalance), {
      minLength: 4,
      maxLength: 24,
    });
    await fc.assert(
      fc.asyncProperty(setting, steps, async ({ plan: { plan, from }, missed, sharing, instances }, steps) => {
        const begin = Date.parse(from);
        const simulation = new SchedulerSimulation(entryFor({ plan, missed }), sharing, begin);
        for (let count = 0; count < instances; count += 1) await simulation.start();
        await simulation.pass(1000);
        for (const step of steps) await perform(simulation, step);
        const end = simulation.wall;
        await simulation.stop();
        const slots = simulation.accepted.map(({ slot }) => slot);
        expect(new Set(slots).size).toBe(slots.length);
        const all = slotsByMinute(plan, begin, end + MINUTE);
        for (const slot of slots) expect(all).toContain(slot);
        for (const { slot, at } of simulation.accepted) expect(at).toBeGreaterThanOrEqual(slot);
        for (const slot of mustRun(all, simulation.spans, missed, begin + 1000, end)) expect(slots).toContain(slot);
        seen.kills += simulation.kills;
        seen.repeats += simulation.repeats;
        seen.accepted += slots.length;
        seen.missed += all.length - slots.length;
      }),
      { numRuns: RUNS },
    );
    expect(seen.accepted).toBeGreaterThan(RUNS);
    expect(Math.min(seen.kills, seen.repeats, seen.missed), JSON.stringify(seen)).toBeGreaterThan(0);
  });

  it("accept no slot twice when the wall is set forth and back", async () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: pass }, set, kill, start), { minLength: 4, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(setting, steps, async ({ plan: { plan, from }, missed, sharing, instances }, steps) => {
        const begin = Date.parse(from);
        const simulation = new SchedulerSimulation(entryFor({ plan, missed }), sharing, begin);
        for (let count = 0; count < instances; count += 1) await simulation.start();
        for (const step of steps) await perform(simulation, step);
        simulation.spare();
        if (simulation.alive === 0) await simulation.start();
        const last = simulation.wall;
        await simulation.pass(80 * MINUTE);
        await simulation.stop();
        const slots = simulation.accepted.map(({ slot }) => slot);
        expect(new Set(slots).size).toBe(slots.length);
        // A mark may be ahead by an hour, and nothing starts before it is reached; then the plan continues.
        for (const slot of slotsByMinute(plan, last + 61 * MINUTE, last + 79 * MINUTE)) expect(slots).toContain(slot);
      }),
      { numRuns: Math.ceil(RUNS / 2) },
    );
  }, 180_000);

  it("start nothing while paused, and make nothing of it up", async () => {
    const plan: SchedulePlan = { kind: "every", period: 5 * MINUTE };
    for (const sharing of ["rows", "topic"] as const) {
      const simulation = new SchedulerSimulation(
        entryFor({ plan, missed: 1000 }),
        sharing,
        Date.parse("2026-01-15T10:01:00Z"),
      );
      await simulation.start();
      await simulation.pass(15 * MINUTE);
      await simulation.pause(true);
      await simulation.pass(15 * MINUTE);
      expect(simulation.accepted.length).toBe(3);
      await simulation.pause(false);
      await simulation.pass(10 * MINUTE);
      await simulation.stop();
      expect(simulation.accepted.map(({ slot }) => new Date(slot).toISOString().slice(11, 16))).toEqual([
        "10:05",
        "10:10",
        "10:15",
        "10:35",
        "10:40",
      ]);
    }
  });
});

async function perform(simulation: SchedulerSimulation, step: Step): Promise<void> {
  switch (step.kind) {
    case "pass":
      return simulation.pass(step.seconds * 1000);
    case "kill":
      return simulation.kill(step.turn, step.steps);
    case "start":
      return simulation.alive < 5 ? simulation.start() : undefined;
    case "rebalance":
      return simulation.rebalance();
    case "set":
      return simulation.set(step.seconds * 1000);
  }
}

/** Slots that have to be accepted: those at which somebody lived and had time, and what the rule asks for after a gap. */
function mustRun(
  all: readonly number[],
  spans: readonly { readonly from: number; readonly to: number }[],
  missed: ScheduleModel["missed"],
  first: number,
  end: number,
): number[] {
  const must: number[] = [];
  let before = first;
  for (const { from, to } of spans) {
    const until = Math.min(to, end) - SLACK;
    must.push(...all.filter((slot) => slot > Math.max(from, first) && slot <= until));
    const gap = all.filter((slot) => slot > before && slot <= from);
    const count = missed === "skip" ? 0 : missed === "once" ? 1 : missed;
    // A slot that passed with the gap and one at its end are one look.
    if (until > from && count > 0) must.push(...gap.slice(-count));
    before = Math.max(before, Math.min(to, end));
  }
  return must;
}
