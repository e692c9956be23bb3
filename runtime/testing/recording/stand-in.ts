import { currentRun } from "../../activation/current-run.js";
import type { RunScope } from "../../activation/run-scope.js";
import { shared } from "../../base/shared.js";
import type { LogClient } from "../../client/client.js";
import { type CalledTask, standInForClient } from "../../client/connect.js";
import { TestingError } from "../errors.js";
import type { RecordedCall } from "./call.js";

/** Receives the `.delay()` calls of this process instead of the connected client. */
export interface StandIn {
  /** What it is, for messages. */
  readonly name: string;
  clientFor(task: CalledTask): LogClient;
  /** Is also passed the calls of single runs, which it does not receive itself. */
  overhear?(calls: readonly RecordedCall[]): void;
}

interface Taking {
  active: StandIn | undefined;
  readonly runs: WeakMap<RunScope["task"], StandIn>;
}

const taking = shared<Taking>("stand-ins", () => ({ active: undefined, runs: new WeakMap() }));

/** Directs the calls of one run to `standIn`, whatever receives those of the process. */
export function takeCallsOf(run: RunScope["task"], standIn: StandIn): void {
  install();
  taking.runs.set(run, standIn);
}

/** What currently receives the calls of the process, except those of single runs. */
export function takingCalls(): StandIn | undefined {
  return taking.active;
}

/** Directs all calls to `standIn`; returns a function that ends this. Throws TestingError when another one receives them. */
export function takeCalls(standIn: StandIn): () => void {
  if (taking.active !== undefined) {
    throw new TestingError(
      "already_testing",
      `this process's .delay() calls already go to ${taking.active.name}; close it first (\`await using\` closes it at the end of the test)`,
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
