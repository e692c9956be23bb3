import { TaskwireError } from "./errors.js";

/**
 * Points at which a test can kill the process, throw an error or block the event loop, with
 * TASKWIRE_FAILPOINT="<name>=<kill|throw|delay:MS>[@N]" (several separated by ";"): when the point is passed for the N-th
 * time, default 1. Every name has a test that kills there (test/fault/failpoints.test.ts); one without fails the suite.
 * Exported for tests.
 */
export const FAILPOINTS = [
  "intake.batch-read",
  "intake.batch-applied",
  "intake.positions-committed",
  "journal.commit-begun",
  "journal.commit-written",
  "journal.commit-durable",
  "journal.checkpoint",
  "journal.migration",
  "journal.recovery-scan",
  "claims.before-delivery",
  "claims.delivered",
  "outcomes.received",
  "outcomes.applied",
  "outcomes.durable",
  "outcomes.acknowledged",
  "upkeep.deadline-reset",
  "upkeep.delay-released",
  "upkeep.expired",
  "upkeep.settled",
  "publish.retry-before",
  "publish.retry-after",
  "publish.deadletter-before",
  "publish.deadletter-after",
  "letters.index-fed",
  "letters.replay-appended",
  "letters.marker-appended",
  "broker.drain",
  "acts.applied",
  "acts.durable",
  "acts.before-notice",
  "controls.applied",
  "controls.durable",
  "log.append-written",
  "log.append-durable",
  "log.trim",
  "log.scrub",
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

type Action = { readonly kind: "kill" | "throw" } | { readonly kind: "delay"; readonly milliseconds: number };

class FailpointError extends TaskwireError {
  constructor(name: string) {
    super("failpoint", `failpoint ${name} threw, as TASKWIRE_FAILPOINT asked`);
  }
}

interface Armed {
  readonly action: Action;
  /** How often it is still passed until it acts. */
  left: number;
}

const armed = arm(process.env.TASKWIRE_FAILPOINT);

/** Does nothing unless TASKWIRE_FAILPOINT names the point. Throws FailpointError for the action `throw`. */
export function failpoint(name: Failpoint): void {
  if (armed !== undefined) pass(armed, name);
}

function pass(points: ReadonlyMap<string, Armed>, name: Failpoint): void {
  const point = points.get(name);
  if (point === undefined) return;
  point.left -= 1;
  if (point.left !== 0) return;
  switch (point.action.kind) {
    case "kill":
      process.kill(process.pid, "SIGKILL");
      // The signal arrives at once, but asynchronously: nothing may run until then.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      return;
    case "throw":
      throw new FailpointError(name);
    case "delay":
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, point.action.milliseconds);
  }
}

/** Throws TaskwireError `bad_failpoint` for an invalid value. */
function arm(text: string | undefined): ReadonlyMap<string, Armed> | undefined {
  if (text === undefined || text === "") return undefined;
  const points = new Map<string, Armed>();
  for (const part of text.split(";")) {
    const match = /^([a-z.-]+)=(?:(kill|throw)|delay:(\d{1,6}))(?:@([1-9]\d{0,8}))?$/.exec(part.trim());
    const name = match?.[1] ?? "";
    if (match === null || !FAILPOINTS.some((known) => known === name)) {
      throw new TaskwireError(
        "bad_failpoint",
        `TASKWIRE_FAILPOINT: expected <name>=<kill|throw|delay:MS>[@N], got "${part}"; names: ${FAILPOINTS.join(", ")}`,
      );
    }
    const kind = match[2];
    const action: Action =
      kind === "kill" || kind === "throw" ? { kind } : { kind: "delay", milliseconds: Number(match[3]) };
    points.set(name, { action, left: Number(match[4] ?? 1) });
  }
  return points;
}
