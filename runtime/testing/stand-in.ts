import { currentRun } from "../activation/run.js";
import type { RunScope } from "../activation/run-scope.js";
import { type CalledTask, type Client, standInForClient } from "../client/connect.js";
import type { RecordedCall } from "./call.js";
import { TestingError } from "./errors.js";

/** Takes the `.delay()` calls of this process. */
export interface StandIn {
  /** For people: what it is. */
  readonly name: string;
  clientFor(task: CalledTask): Client;
  /** Gets the calls of single runs too, which it does not take itself. */
  overhear?(calls: readonly RecordedCall[]): void;
}

let active: StandIn | undefined;
const runs = new WeakMap<RunScope["task"], StandIn>();

/** Calls of one run go to `standIn`, whatever else takes those of the process. */
export function takeCallsOf(run: RunScope["task"], standIn: StandIn): void {
  install();
  runs.set(run, standIn);
}

/** What takes the calls of the process at the moment, those of single runs aside. */
export function takingCalls(): StandIn | undefined {
  return active;
}

/** From now on all calls go to `standIn`; gives what ends that. Throws TestingError when another one takes them. */
export function takeCalls(standIn: StandIn): () => void {
  if (active !== undefined) {
    throw new TestingError(
      "already_testing",
      `expected no other taker of this process's .delay() calls, found ${active.name}; close it first (\`await using\` closes it at the end of the test)`,
    );
  }
  install();
  active = standIn;
  return () => {
    if (active === standIn) active = undefined;
  };
}

function install(): void {
  standInForClient((task) => {
    const run = currentRun();
    return ((run === undefined ? undefined : runs.get(run.task)) ?? active)?.clientFor(task);
  });
}
