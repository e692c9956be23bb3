import { describe, expect, it } from "vitest";
import type { Effect } from "#runtime/broker/inflight/events.js";
import { MachineHarness, type RecordFields } from "./machine-harness.js";

const NAMES = 100_000;
/** What is kept of names without work, and as many again until the next look. */
const BOUND = 2 * 4096;
const BATCH = 1000;

/** Records whose namespace and task nobody ever had before. */
function* madeUp(told: RecordFields = {}): Generator<RecordFields[]> {
  for (let from = 0; from < NAMES; from += BATCH)
    yield Array.from({ length: BATCH }, (_, n) => ({ ...told, namespace: `n${from + n}`, task: `t${from + n}` }));
}

/** The machine's memory of names is within its bounds. */
function expectBounded({ parts }: MachineHarness): void {
  expect([...parts.tallies].length).toBeLessThanOrEqual(BOUND);
  expect(parts.queues.namespaces).toBeLessThanOrEqual(BOUND);
}

describe("names from outside", () => {
  it("are forgotten when their work is done: 100,000 that were dropped leave a bounded number", () => {
    const harness = new MachineHarness();
    harness.apply({ kind: "policy", policy: { judge: () => "drop" } });
    harness.assign();
    for (const batch of madeUp()) harness.arrive(...batch);
    expect([harness.parts.counters.ends.killswitched, harness.parts.rows.size]).toEqual([NAMES, 0]);
    expectBounded(harness);
  });

  it("are forgotten when their work is done: 100,000 that were handed out leave a bounded number", () => {
    const harness = new MachineHarness();
    harness.assign();
    let fetch = 0;
    for (const batch of madeUp()) {
      harness.arrive(...batch);
      const before = harness.handOuts.length;
      for (let n = 0; n < batch.length; n += 1) {
        fetch += 1;
        harness.apply({ kind: "fetch", fetch, application: undefined, namespace: undefined, holdUntil: harness.now });
      }
      const conclusions = harness.handOuts
        .slice(before)
        .map((id) => ({ id: id ?? "", status: "complete" as const, maxAttempts: undefined, delay: undefined }));
      harness.apply({ kind: "concluded", conclusions });
    }
    expect([harness.parts.counters.ends.completed, harness.parts.rows.size]).toEqual([NAMES, 0]);
    expectBounded(harness);
  });

  it("in flight are not forgotten: all of 100,000 that are delayed are counted, and come to their end", () => {
    const harness = new MachineHarness({ maxPendingCount: 2 * NAMES, loadLimit: 2 * NAMES });
    harness.assign();
    for (const batch of madeUp({ delay: 3600 })) harness.arrive(...batch);
    harness.apply({ kind: "policy", policy: { judge: () => "drop" } });
    expect(harness.parts.tallies.total().delayed).toBe(NAMES);
    harness.tick(3_600_000);
    expect([harness.parts.counters.ends.killswitched, harness.parts.tallies.total().delayed]).toEqual([NAMES, 0]);
    harness.tick(1000);
    expectBounded(harness);
  });

  it("that nobody takes fill neither the log nor one load of the journal: 2,000 of one namespace are parked and come back", () => {
    const harness = new MachineHarness();
    const effects: Effect[] = [];
    const { machine } = harness;
    const apply = machine.apply.bind(machine);
    machine.apply = (event, now) => {
      const caused = apply(event, now);
      effects.push(...caused);
      return caused;
    };
    harness.assign();
    const tasks = Array.from({ length: 2000 }, (_, n) => `t${n}`);
    harness.arrive(...tasks.map((task) => ({ task })));
    harness.pass(60);
    expect(harness.parts.tallies.total()).toMatchObject({ pending: 0, parked: tasks.length });
    const warnings = effects.filter((effect) => effect.kind === "log" && effect.level === "warn");
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toMatchObject({ fields: { tasks: tasks.length - 20 } });
    harness.work("w", tasks);
    for (let second = 0; second < 1000 && harness.starts.length < tasks.length; second += 1) harness.pass(1);
    expect(harness.starts).toHaveLength(tasks.length);
    for (const effect of effects) if (effect.kind === "unpark") expect(effect.tasks.length).toBeLessThanOrEqual(256);
  });

  it("of claims that workers bring back are remembered up to a bound", () => {
    const harness = new MachineHarness();
    const held = Array.from({ length: 300_000 }, (_, n) => ({ claim: n + 1, id: `id ${n}` }));
    harness.open("w", ["t"], held);
    const counted = held.filter(({ claim, id }) => harness.machine.counts("w", claim, id));
    expect(counted.length).toBe(262_144);
  });
});
