import fc from "fast-check";
import type { SimulatedWorker } from "./actors.js";
import type { Spec } from "./oracle.js";
import type { Simulation } from "./simulation.js";
import { NOTHING_PAUSED } from "./world.js";

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

/** One step of a simulation; its name shows in a counterexample. */
export type Command = (simulation: Simulation) => void;

function forWorker(pick: number, run: (simulation: Simulation, worker: SimulatedWorker) => void): Command {
  return (simulation) => {
    const { all } = simulation.workers;
    const worker = all[pick % Math.max(all.length, 1)];
    if (worker !== undefined) run(simulation, worker);
  };
}

const named = (name: string, command: Command): Command => Object.assign(command, { toString: () => name });

export const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(spec, { minLength: 1, maxLength: 5 })
      .map((specs) =>
        named(`append ${JSON.stringify(specs)}`, (s) => specs.forEach((each) => void s.world.append(each))),
      ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(2), fc.integer({ min: 1, max: 6 }))
      .map(([p, n]) => named(`read ${p} ${n}`, (s) => s.world.read(p, n))),
  },
  {
    weight: 2,
    arbitrary: fc
      .subarray([0, 1, 2], { minLength: 1 })
      .map((tasks) => named(`openWorker ${tasks}`, (s) => s.workers.open(tasks))),
  },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(), fc.integer({ min: 1, max: 4 })).map(([w, n]) =>
      named(
        `credit ${w} ${n}`,
        forWorker(w, (s, worker) => s.workers.credit(worker, n)),
      ),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(), fc.boolean()).map(([w, report]) =>
      named(
        `startRun ${w} ${report}`,
        forWorker(w, (s, worker) => s.workers.startRun(worker, report)),
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
          forWorker(w, (s, worker) => s.workers.finishRun(worker, kind)),
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `giveBack ${w}`,
        forWorker(w, (s, worker) => s.workers.giveBack(worker)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `withdraw ${w}`,
        forWorker(w, (s, worker) => s.workers.withdraw(worker)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `loseSession ${w}`,
        forWorker(w, (s, worker) => s.workers.loseSession(worker)),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map((w) =>
      named(
        `reopen ${w}`,
        forWorker(w, (s, worker) => s.workers.reopen(worker)),
      ),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat().map((w) =>
      named(
        `killWorker ${w}`,
        forWorker(w, (s, worker) => s.workers.kill(worker)),
      ),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map((w) =>
      named(
        `closeWorker ${w}`,
        forWorker(w, (s, worker) => s.workers.close(worker)),
      ),
    ),
  },
  { weight: 5, arbitrary: fc.constant(named("commit", (s) => s.world.commit())) },
  { weight: 5, arbitrary: fc.constant(named("acknowledge", (s) => s.world.acknowledge())) },
  {
    weight: 3,
    arbitrary: fc
      .boolean()
      .map((acknowledged) => named(`publish ${acknowledged}`, (s) => s.world.publish(acknowledged))),
  },
  { weight: 4, arbitrary: fc.constant(named("answerLoad", (s) => s.world.answerLoad())) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 100, 1000, 4000, 12_000, 60_000)
      .map((ms) => named(`advance ${ms}`, (s) => s.world.advance(ms))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(1000, 5000, 100_000, 36_000_000)
      .map((ms) => named(`sleep ${ms}`, (s) => s.faults.sleep(ms))),
  },
  { weight: 3, arbitrary: fc.nat().map((pick) => named(`sendAgain ${pick}`, (s) => s.world.sendAgain(pick))) },
  { weight: 2, arbitrary: fc.constant(named("kill", (s) => s.world.kill())) },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((n) => named(`loseTwice ${n}`, (s) => s.faults.loseTwice(n))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.boolean(), fc.option(fc.nat(1), { nil: undefined }), fc.constantFrom(0, 0, 900, 40_000))
      .map(([app, namespace, hold]) =>
        named(`fetch ${app} ${namespace} ${hold}`, (s) =>
          s.fetchers.fetch(app || namespace !== undefined, namespace, hold),
        ),
      ),
  },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 12 })
      .map((places) => named(`damage ${places}`, (s) => s.faults.damage(places))),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        fc.constantFrom("cancel" as const, "cancel" as const, "promote" as const, "purge" as const),
        fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
      )
      .map(([verb, picks, ahead]) =>
        named(`act ${verb} ${picks} ${ahead}`, (s) => s.world.act(verb, picks, ahead && verb === "cancel")),
      ),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom("cancel" as const, "promote" as const, "purge" as const),
        fc.constantFrom("delayed" as const, "parked" as const),
        fc.nat(2),
        fc.integer({ min: 1, max: 3 }),
      )
      .map(([verb, state, task, limit]) =>
        named(`sweep ${verb} ${state} ${task} ${limit}`, (s) => s.world.sweep(verb, state, task, limit)),
      ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map((w) =>
      named(
        `heed ${w}`,
        forWorker(w, (s, worker) => s.workers.heed(worker)),
      ),
    ),
  },
  { weight: 1, arbitrary: fc.constant(named("unfetch", (s) => s.fetchers.unfetch())) },
  { weight: 3, arbitrary: fc.constant(named("startPulled", (s) => s.fetchers.start())) },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom("complete" as const, "retry" as const, "failure" as const)
      .map((status) => named(`conclude ${status}`, (s) => s.fetchers.conclude(status))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("refused" as const, "unanswered" as const)
      .map((kind) => named(`pushFails ${kind}`, (s) => s.fetchers.pushFails(kind))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: -1, max: 2 }), fc.integer({ min: -1, max: 2 }))
      .map(([dropped, demoted]) => named(`police ${dropped} ${demoted}`, (s) => s.world.police(dropped, demoted))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.subarray([0, 1, 2]),
        fc.constantFrom(undefined, undefined, undefined, 0, 1),
        fc.constantFrom(undefined, undefined, undefined, undefined, "work", "cold"),
        fc.constantFrom(false, false, false, false, true),
      )
      .map(([tasks, namespace, topic, pool]) =>
        named(`pause ${tasks} ${namespace} ${topic} ${pool}`, (s) =>
          s.world.pause({
            tasks: new Set(tasks.map((task) => `t${task}`)),
            namespaces: new Set(namespace === undefined ? [] : [`n${namespace}`]),
            topics: new Set(topic === undefined ? [] : [topic]),
            pool,
          }),
        ),
      ),
  },
  { weight: 2, arbitrary: fc.constant(named("resume", (s) => s.world.pause(NOTHING_PAUSED))) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(), fc.boolean()).map(([w, drained]) =>
      named(
        `drain ${w} ${drained}`,
        forWorker(w, (s, worker) => s.world.apply({ kind: "drain", worker: worker.name, drained })),
      ),
    ),
  },
  { weight: 1, arbitrary: fc.constant(named("rejectPublication", (s) => s.world.rejectPublication())) },
);
