import { currentRun } from "../../activation/current-run.js";
import type { RunScope } from "../../activation/run-scope.js";
import { shared } from "../../base/shared.js";
import type { LogClient } from "../../client/client.js";
import { type CalledTask, standInForClient } from "../../client/connect.js";
import { TestingError } from "../errors.js";
import type { RecordedCall } from "./call.js";

/** Takes the `.delay()` calls of this process. */
export interface StandIn {
  /** For people: what it is. */
  readonly name: string;
  clientFor(task: CalledTask): LogClient;
  /** Gets the calls of single runs too, which it does not take itself. */
  overhear?(calls: readonly RecordedCall[]): void;
}

interface Taking {
  active: StandIn | undefined;
  readonly runs: WeakMap<RunScope["task"], StandIn>;
}

const taking = shared<Taking>("stand-ins", () => ({ active: undefined, runs: new WeakMap() }));

/** Calls of one run go to `standIn`, whatever else takes those of the process. */
export function takeCallsOf(run: RunScope["task"], standIn: StandIn): void {
  install();
  taking.runs.set(run, standIn);
}

/** What takes the calls of the process at the moment, those of single runs aside. */
export function takingCalls(): StandIn | undefined {
  return taking.active;
}

/** From now on all calls go to `standIn`; gives what ends that. Throws TestingError when another one takes them. */
export function takeCalls(standIn: StandIn): () => void {
  if (taking.active !== undefined) {
    throw new TestingError(
      "already_testing",
      `expected no other taker of this process's .delay() calls, found ${taking.active.name}; close it first (\`await using\` closes it at the end of the test)`,
    );
  }
  install();
  taking.active = standIn;
  return () => {
    if (taking.active === standIn) taking.active = undefined;
  };
}

function install(): void {
  standInForClient((task) => {
    const run = currentRun();
    return ((run === undefined ? undefined : taking.runs.get(run.task)) ?? taking.active)?.clientFor(task);
  });
}
