import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Limits } from "#runtime/broker/inflight/limits.js";
import { Simulation, type Spec } from "./simulation.js";

/** More runs by TASKWIRE_PROPERTY_RUNS. */
const RUNS = Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 200);
const COMMANDS = 80;

const spec: fc.Arbitrary<Spec> = fc.record({
  atMostOnce: fc.boolean(),
  chosenId: fc.boolean(),
  delay: fc.constantFrom(0, 0, 1, 3, 90),
  expires: fc.constantFrom(0, 0, 0, 2, 30),
  maxAttempts: fc.constantFrom(1, 2, 3),
  deadLetter: fc.boolean(),
  task: fc.nat(2),
  partition: fc.nat(1),
});

type Command = (simulation: Simulation) => void;

function forWorker(
  pick: number,
  run: (simulation: Simulation, worker: Simulation["workers"][number]) => void,
): Command {
  return (simulation) => {
    const worker = simulation.workers[pick % Math.max(simulation.workers.length, 1)];
    if (worker !== undefined) run(simulation, worker);
  };
}

const named = (name: string, command: Command): Command => Object.assign(command, { toString: () => name });

/** Two workers, one after the other, die with what they were handed. */
function loseTwice(simulation: Simulation, count: number): void {
  for (let time = 0; time < 2; time += 1) {
    simulation.openWorker([0, 1, 2]);
    const worker = simulation.workers.at(-1);
    if (worker === undefined) return;
    simulation.credit(worker, count);
    for (let run = 0; run < count; run += 1) simulation.startRun(worker, true);
    simulation.killWorker(worker);
    simulation.advance(12_000);
  }
}

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(spec, { minLength: 1, maxLength: 5 })
      .map((specs) => named(`append ${JSON.stringify(specs)}`, (s) => specs.forEach((each) => void s.append(each)))),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(2), fc.integer({ min: 1, max: 6 }))
      .map(([p, n]) => named(`read ${p} ${n}`, (s) => s.read(p, n))),
  },
  {
    weight: 2,
    arbitrary: fc
      .subarray([0, 1, 2], { minLength: 1 })
      .map((tasks) => named(`openWorker ${tasks}`, (s) => s.openWorker(tasks))),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4 })).map(([w, n]) =>
      named(
        `credit ${w} ${n}`,
        forWorker(w, (s, worker) => s.credit(worker, n)),
      ),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(), fc.boolean()).map(([w, report]) =>
      named(
        `startRun ${w} ${report}`,
        forWorker(w, (s, worker) => s.startRun(worker, report)),
      ),
    ),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(fc.nat(), fc.constantFrom("complete" as const, "retry" as const, "failure" as const))
      .map(([w, kind]) =>
        named(
          `finishRun ${w} ${kind}`,
          forWorker(w, (s, worker) => s.finishRun(worker, kind)),
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `giveBack ${w}`,
        forWorker(w, (s, worker) => s.giveBack(worker)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `withdraw ${w}`,
        forWorker(w, (s, worker) => s.withdraw(worker)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `loseSession ${w}`,
        forWorker(w, (s, worker) => s.loseSession(worker)),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map((w) =>
      named(
        `reopen ${w}`,
        forWorker(w, (s, worker) => s.reopen(worker)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `killWorker ${w}`,
        forWorker(w, (s, worker) => s.killWorker(worker)),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map((w) =>
      named(
        `closeWorker ${w}`,
        forWorker(w, (s, worker) => s.closeWorker(worker)),
      ),
    ),
  },
  { weight: 5, arbitrary: fc.constant(named("commit", (s) => s.commit())) },
  { weight: 5, arbitrary: fc.constant(named("acknowledge", (s) => s.acknowledge())) },
  { weight: 3, arbitrary: fc.boolean().map((heard) => named(`publish ${heard}`, (s) => s.publish(heard))) },
  { weight: 4, arbitrary: fc.constant(named("answerLoad", (s) => s.answerLoad())) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 100, 1000, 4000, 12_000, 60_000)
      .map((ms) => named(`advance ${ms}`, (s) => s.advance(ms))),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(1000, 5000, 100_000, 36_000_000).map((ms) => named(`sleep ${ms}`, (s) => s.sleep(ms))),
  },
  { weight: 3, arbitrary: fc.nat().map((pick) => named(`sendAgain ${pick}`, (s) => s.sendAgain(pick))) },
  { weight: 2, arbitrary: fc.constant(named("kill", (s) => s.kill())) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => named(`loseTwice ${n}`, (s) => loseTwice(s, n))) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.boolean(), fc.option(fc.nat(1), { nil: undefined }), fc.constantFrom(0, 0, 900, 40_000))
      .map(([app, namespace, hold]) =>
        named(`fetch ${app} ${namespace} ${hold}`, (s) => s.fetch(app || namespace !== undefined, namespace, hold)),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 12 })
      .map((places) => named(`damage ${places}`, (s) => s.damage(places))),
  },
  { weight: 1, arbitrary: fc.constant(named("unfetch", (s) => s.unfetch())) },
  { weight: 3, arbitrary: fc.constant(named("startPulled", (s) => s.startPulled())) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("complete" as const, "retry" as const, "failure" as const)
      .map((status) => named(`conclude ${status}`, (s) => s.conclude(status))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("refused" as const, "unanswered" as const)
      .map((kind) => named(`pushFails ${kind}`, (s) => s.pushFails(kind))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 }))
      .map(([dropped, demoted]) => named(`police ${dropped} ${demoted}`, (s) => s.police(dropped, demoted))),
  },
  { weight: 1, arbitrary: fc.constant(named("refusePublication", (s) => s.refusePublication())) },
);

/** Paths that the runs must have taken. */
const RARE = [
  ...["completed", "retried", "deadlettered", "discarded", "expired", "killswitched", "forwarded"].map(
    (end) => `ended ${end}`,
  ),
  ...["redelivered", "duplicate", "finished", "stale"].map((drop) => `dropped ${drop}`),
  ...["error", "attempts_exceeded", "processing_attempts_exceeded", "worker_lost", "reported"].map(
    (reason) => `failed ${reason}`,
  ),
  "paused max_pending_count",
  "paused max_delay_count",
  "paused memory",
  "rebuilt",
  "unpublishable",
  "unpark",
  "sent again",
  "slept",
  "handed out",
  "empty fetch",
];

const reached = new Set<string>();

/** What holds after every step. */
function checkAlways(simulation: Simulation): void {
  for (const { id, spec: facts, starts } of simulation.accepted.values()) {
    if (facts.atMostOnce && starts > 1) throw new Error(`${id} may start once and started ${starts} times`);
  }
  const counts = simulation.machine.snapshot.counts;
  for (const [state, count] of Object.entries(counts))
    if (count < 0) throw new Error(`${count} activations are ${state}`);
}

function checkDrained(simulation: Simulation): void {
  for (const { id, ends } of simulation.accepted.values()) expect(ends.size, `ends of ${id}`).toBeGreaterThan(0);
  expect(simulation.stored(), "rows left in the journal").toBe(0);
}

const world = fc.array(command, { minLength: COMMANDS, maxLength: COMMANDS });

/** One world from its beginning until everything that was accepted is accounted for. */
function play(limits: Partial<Limits>, commands: readonly Command[]): void {
  const simulation = new Simulation(limits);
  try {
    simulation.openWorker([0, 1, 2]);
    for (const run of commands) {
      run(simulation);
      checkAlways(simulation);
    }
    simulation.drain();
    checkAlways(simulation);
    checkDrained(simulation);
  } finally {
    for (const path of simulation.reached) reached.add(path);
    simulation.close();
  }
}

/** How many runs more are made for a path that was not taken by chance. */
const MORE_RUNS = 3000;

describe.each([
  { variant: "the usual memory window", limits: {} },
  { variant: "a memory window of 0 s: every delayed activation passes through load", limits: { memoryWindow: 0 } },
  {
    variant: "narrow limits of delays and memory, and work parked at once",
    limits: { maxDelayCount: 3, maxLiveBytes: 30, parkAfter: 10 },
  },
])("the in-flight machine and its journal, with $variant", ({ limits }) => {
  it("account for every accepted activation and start at-most-once work at most once, whatever is killed", () => {
    fc.assert(
      fc.property(world, (commands) => play(limits, commands)),
      {
        numRuns: RUNS,
        ...(process.env.FC_SEED ? { seed: Number(process.env.FC_SEED), path: process.env.FC_PATH ?? "" } : {}),
      },
    );
  }, 600_000);
});

it("the runs above and those made for what they missed took every rare path", () => {
  const missed = () => RARE.filter((path) => !reached.has(path));
  for (let run = 0; run < MORE_RUNS && missed().length > 0; run += 1) {
    for (const commands of fc.sample(world, 1)) play({}, commands);
  }
  expect(missed()).toEqual([]);
}, 600_000);
