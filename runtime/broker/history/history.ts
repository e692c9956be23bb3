import type { Reason } from "../../activation/reasons.js";
import type { EndDocument } from "../../operations/documents/ends.js";
import { headEnd } from "../../operations/fingerprint/fingerprint.js";
import type { Tally } from "../inflight/counts/tally.js";
import type { Ended, EndListener } from "../inflight/end-listener.js";
import type { Row } from "../inflight/live-row.js";
import { Completions } from "./completions.js";
import { ErrorGroups } from "./error-groups.js";
import { BUCKETS, bucketOf } from "./histogram.js";
import { cutError } from "./kept.js";
import { type LastError, numberOf, type TaskEnds, TasksWithEnds } from "./task-ends.js";
import { UnhappyEnds } from "./unhappy-ends.js";

/** Reasons of ends that have none of their own. */
const REASONS: Readonly<Record<string, Reason>> = {
  expired: "expired",
  killswitched: "killswitch",
  cancelled: "cancelled",
};
/** Ends of runs: they belong to an error group. */
const FAILED: ReadonlySet<string> = new Set(["retry", "failure", "discarded"]);

/** What the history file gets of the ends since the last time, and how many more there were. */
interface NewEnds {
  readonly ends: readonly EndDocument[];
  readonly leftOut: number;
}

/**
 * How runs and activations ended, as far as memory holds it: counts and times by task, all that failed lately, samples of what
 * completed, and groups of errors. It is no account: those are the counters, the dead letters and the audit log.
 */
export class History implements EndListener {
  readonly groups = new ErrorGroups();
  readonly unhappy = new UnhappyEnds();
  readonly completions = new Completions();
  readonly tasks = new TasksWithEnds((task) => this.completions.release(task));
  /** Over all tasks, as TaskEnds has them. */
  readonly waits = new Uint32Array(BUCKETS);
  readonly runs = new Uint32Array(BUCKETS);
  /** Failed runs since the start. */
  failed = 0;
  /** Whether single ends are kept; counts and times always are. */
  readonly keepsEnds: boolean;
  /** When it began, milliseconds by the wall: also before the broker's start, when ends were read back. */
  since: number;
  /** Number of the last end. */
  #number = 0;
  /** Number of the last end that was given to the file. */
  #written = 0;

  constructor(wall: number, keepsEnds = true) {
    this.since = wall;
    this.keepsEnds = keepsEnds;
  }

  ended(row: Row, how: Ended, now: number, wall: number): void {
    const task = this.tasks.of(row.tally);
    task.count(how);
    task.lastAt = wall;
    task.topic = row.facts.topic;
    let ran = row.ran;
    if (row.claimedAt !== 0) {
      const held = now - row.claimedAt;
      if (ran === 0) ran = held;
      const wait = bucketOf(wall - held - Math.max(row.facts.receivedAt, row.facts.due));
      const run = bucketOf(ran);
      task.time(wait, run);
      this.waits[wait] = (this.waits[wait] ?? 0) + 1;
      this.runs[run] = (this.runs[run] ?? 0) + 1;
    }
    const failed = FAILED.has(how);
    if (failed) this.failed += 1;
    if (how === "forwarded" || !this.keepsEnds) return;
    this.#number += 1;
    if (how === "completed") {
      this.completions.add(this.#number, row, task, ran, now, wall);
      return;
    }
    const { ending, facts } = row;
    const reason = ending?.reason ?? REASONS[how] ?? "reported";
    const error = ending?.error ?? "";
    if (!failed) {
      this.unhappy.add(this.#number, row, task.names, how, reason, cutError(error), "", now, wall);
      return;
    }
    const last = task.lastError;
    const { text, group } =
      last !== undefined && isAlike(last, reason, error) ? last : this.#newError(task, reason, error, wall);
    if (group !== undefined) this.groups.count(group, reason, facts.id, wall);
    const fingerprint = group?.fingerprint ?? "";
    this.unhappy.add(this.#number, row, task.names, how, reason, text, fingerprint, now, wall);
  }

  /** Tasks with ends in the last minute, the busiest first: their completions are kept. `now`: monotonic, milliseconds. */
  rank(now: number): { readonly tally: Tally; readonly task: TaskEnds }[] {
    const rated = [...this.tasks]
      .map(([tally, task]) => {
        const { done, failed } = tally.lastMinute.at(now);
        return { tally, task, rate: done + failed };
      })
      .filter(({ rate }) => rate > 0)
      .sort((one, other) => other.rate - one.rate);
    this.completions.rank(rated.map(({ task }) => task));
    return rated;
  }

  /** An end that was read back from the history file; they come in their order, before all others. */
  restore(end: EndDocument): void {
    const wall = Date.parse(end.at);
    this.since = Math.min(this.since, wall);
    this.#number += 1;
    this.#written = this.#number;
    const names = { application: end.application, namespace: end.namespace, task: end.task };
    if (end.end === "completed") {
      this.completions.restore(this.#number, names, end);
      return;
    }
    this.unhappy.restore(this.#number, names, end);
    if (!FAILED.has(end.end) || end.reason === null) return;
    const group = this.groups.of(numberOf(names), names, end.reason, end.error, wall);
    if (group !== undefined) this.groups.count(group, end.reason, end.id, wall);
  }

  /** Ends since the last call, at most `most`; failed ones first, the newest of them. */
  takeNew(most: number): NewEnds {
    const after = this.#written;
    this.#written = this.#number;
    const unhappy = this.unhappy.after(after, most);
    const completed = this.completions.after(after, most - unhappy.ends.length);
    return { ends: [...unhappy.ends, ...completed.ends], leftOut: unhappy.leftOut + completed.leftOut };
  }

  /** Shared by the next errors of the task that are alike, when their beginning decides that. */
  #newError(task: TaskEnds, reason: Reason, error: string, wall: number): LastError {
    const text = cutError(error);
    const whole = text.length === error.length;
    const last = { reason, text, whole, group: this.groups.of(task.number, task.names, reason, error, wall) };
    task.lastError = last.group !== undefined && (whole || headEnd(error) <= text.length) ? last : undefined;
    return last;
  }
}

function isAlike({ reason: before, text, whole, group }: LastError, reason: Reason, error: string): boolean {
  if (before !== reason || group?.gone !== false || (error.length === text.length) !== whole) return false;
  // Compares memory; startsWith() compares character by character.
  return (whole ? error : error.slice(0, text.length)) === text;
}
