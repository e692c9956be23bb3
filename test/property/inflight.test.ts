import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Limits } from "#runtime/broker/inflight/limits.js";
import { type Command, command } from "./simulation/commands.js";
import { Simulation } from "./simulation/simulation.js";

/** More runs by TASKWIRE_PROPERTY_RUNS. */
const RUNS = Number(process.env.TASKWIRE_PROPERTY_RUNS ?? 200);
const COMMANDS = 80;

/** Paths that the runs must have taken. */
const RARE = [
  ...["completed", "retried", "deadlettered", "discarded", "expired", "killswitched", "forwarded", "cancelled"].map(
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
  "find",
  "asked a worker",
  ...["done", "asked", "too_late", "unknown", "ahead"].map((what) => `cancel ${what}`),
  ...["done", "already", "running", "too_late"].map((what) => `promote ${what}`),
  ...["done", "running"].map((what) => `purge ${what}`),
  ...["cancel", "promote", "purge"].map((verb) => `${verb} done on a page`),
  "sent again",
  "slept",
  "handed out",
  "empty fetch",
];

const reached = new Set<string>();

const commands = fc.array(command, { minLength: COMMANDS, maxLength: COMMANDS });

/** One world from its beginning until everything that was accepted is accounted for. */
function play(limits: Partial<Limits>, commands: readonly Command[]): void {
  const simulation = new Simulation(limits);
  try {
    simulation.workers.open([0, 1, 2]);
    for (const run of commands) {
      run(simulation);
      simulation.check();
    }
    simulation.drain();
    simulation.check();
    expect(simulation.world.oracle.unaccounted(), "activations without an end").toEqual([]);
    expect(simulation.stored(), "rows left in the journal").toBe(0);
  } finally {
    for (const path of simulation.world.oracle.reached) reached.add(path);
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
      fc.property(commands, (each) => play(limits, each)),
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
    for (const each of fc.sample(commands, 1)) play({}, each);
  }
  expect(missed()).toEqual([]);
}, 600_000);
