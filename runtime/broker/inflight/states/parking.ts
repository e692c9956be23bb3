import type { Tally } from "../counts/tally.js";
import type { Effect, Pauses } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { StoredRow } from "../row.js";
import type { Lifecycle } from "./lifecycle.js";

/** How often the tasks are checked for those that no worker can take. */
const CHECK_MS = 1000;
/** Rows parked at a time, over all tasks. */
const SLICE = 1000;
/** Tasks in one request: each is a query of the journal. */
const TASKS_OF_A_LOAD = 256;
/** Tasks logged by name at a time: their names come from outside. */
const LOGGED_AT_A_TIME = 20;

/** Logged when activations are parked, and again while they wait. */
export const UNHANDLED_TASK = "no connected worker handles this task; its activations are waiting";

/** Since when no worker can take the task: -Infinity when none ever could, undefined while one can. */
type UnclaimedSince = (tally: Tally) => number | undefined;

/**
 * Pending work that no worker can take for a while, or that people have paused, leaves memory, so that it takes no place
 * from other work. It comes back in order when a worker appears, or when it is resumed.
 */
export class Parking {
  readonly #parts: Pick<Parts, "limits" | "step" | "tallies" | "queues" | "pauses" | "room">;
  readonly #lifecycle: Lifecycle;
  readonly #unclaimedSince: UnclaimedSince;
  #checkAt = 0;
  /** A worker appeared, or there is room again: parked work may come back. */
  #mayLoad = false;
  #loading: Extract<Effect, { kind: "unpark" }> | undefined;
  /** The namespace that came back last: the others have their turn first. */
  #last = "";
  /** Parked since the load under way was requested. */
  #parkedMeanwhile = 0;
  /** Pending rows were parked since then: they may be older than those of the answer, and come back before them. */
  #reparkedMeanwhile = false;
  /** Numbers of parked rows that ended since then: the answer may still have them. */
  readonly #endedMeanwhile = new Set<number>();
  #parked = 0;
  /** How many more rows may be parked in this review. */
  #left = 0;
  /** Rows of paused tasks are still pending. */
  #pausing = false;
  /** The pauses that come into force when they are parked. */
  #pausesThen: Pauses | undefined;

  constructor(parts: Parts, lifecycle: Lifecycle, unclaimedSince: UnclaimedSince) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#unclaimedSince = unclaimedSince;
  }

  recovered(parked: number): void {
    this.#parked += parked;
    this.#mayLoad = true;
  }

  /** A worker appeared that may take what is parked. */
  workerAppeared(): void {
    this.#mayLoad = true;
  }

  /**
   * People paused or resumed something. A pause is in force at once. What is resumed while its rows are still being parked
   * stays paused until all of them are: else the later ones would be handed out before the earlier ones.
   */
  pausesChanged(pauses: Pauses): void {
    if (this.#pausing) {
      this.#pausesThen = pauses;
      this.#parts.pauses.add(pauses);
    } else this.#parts.pauses.set(pauses);
    this.#checkAt = 0;
    this.#mayLoad = true;
  }

  /** Whether new work of the task is parked at once: nobody may take it, or older work is parked and comes first. */
  parks(tally: Tally): boolean {
    return tally.absent || tally.parked > 0 || this.#parts.pauses.parks(tally);
  }

  /** A row was parked. */
  entered(row: Row): void {
    this.#parked += 1;
    this.#parkedMeanwhile += 1;
    row.tally.oldestParked = Math.min(row.tally.oldestParked, row.facts.receivedAt);
    this.#lifecycle.forgetWhenWritten(row);
  }

  /** A row of the journal was parked that is to come back when a worker and room are there. */
  promoted(row: Row): void {
    this.#parked += 1;
    this.#parkedMeanwhile += 1;
    this.#mayLoad = true;
    row.tally.oldestParked = Math.min(row.tally.oldestParked, row.facts.receivedAt);
  }

  /** A parked row ends. */
  ended(seq: number): void {
    this.#parked -= 1;
    if (this.#loading !== undefined) this.#endedMeanwhile.add(seq);
  }

  /** Whether parked work is about to come back. */
  get loading(): boolean {
    return this.#loading !== undefined || (this.#parked > 0 && this.#mayLoad);
  }

  /** Returns whether there is more to do at once. */
  upkeep(now: number): boolean {
    let more = false;
    if (now >= this.#checkAt) {
      const absent: Tally[] = [];
      this.#left = SLICE;
      this.#pausing = false;
      for (const tally of this.#parts.tallies) more = this.#review(tally, now, absent) || more;
      if (!this.#pausing && this.#pausesThen !== undefined) {
        this.#parts.pauses.set(this.#pausesThen);
        this.#pausesThen = undefined;
      }
      this.#log(absent);
      this.#parts.tallies.prune();
      this.#parts.queues.prune();
      if (!more) this.#checkAt = now + CHECK_MS;
      this.#mayLoad = true;
    }
    if (this.#mayLoad) this.#load();
    return more;
  }

  get nextWake(): number {
    return this.#parts.queues.size > 0 || this.#parked > 0 ? this.#checkAt : Number.POSITIVE_INFINITY;
  }

  /** Takes the answer of the journal; `enter` makes a row live again. */
  unparked(rows: readonly StoredRow[], enter: (stored: StoredRow) => void): void {
    const load = this.#loading;
    this.#loading = undefined;
    this.#mayLoad = true;
    if (this.#reparkedMeanwhile) {
      // The file keeps its rows: the next answer has them all, in their order.
      this.#endedMeanwhile.clear();
      this.#checkAt = 0;
      return;
    }
    const unended = this.#endedMeanwhile.size === 0 ? rows : rows.filter(({ seq }) => !this.#endedMeanwhile.has(seq));
    this.#endedMeanwhile.clear();
    for (const row of unended) enter(row);
    this.#parked -= unended.length;
    // They may have been paused during the load.
    if (load?.tasks.some((task) => this.#parts.pauses.parks({ ...load, task }))) this.#checkAt = 0;
    if (load === undefined || rows.length > 0 || this.#parkedMeanwhile > 0) return;
    // The journal has none of those that are counted: they were damaged, and it has accounted for them.
    for (const task of load.tasks) {
      const tally = this.#parts.tallies.of({ ...load, task });
      this.#parked -= tally.parked;
      tally.parked = 0;
    }
  }

  /** Adds the tally to `absent` when no worker has taken its task for long enough. Returns whether there is more to park. */
  #review(tally: Tally, now: number, absent: Tally[]): boolean {
    if (tally.parked === 0) tally.oldestParked = Number.POSITIVE_INFINITY;
    if (tally.pending === 0 && tally.parked === 0) return false;
    if (this.#parts.pauses.parks(tally)) {
      const more = this.#park(tally);
      this.#pausing ||= more;
      return more;
    }
    const since = this.#unclaimedSince(tally);
    if (since === undefined) {
      tally.unclaimedSince = undefined;
      tally.absent = false;
      return false;
    }
    tally.unclaimedSince ??= since === Number.NEGATIVE_INFINITY ? now : since;
    if (now - tally.unclaimedSince < this.#parts.limits.parkAfter) return false;
    if (!tally.absent) absent.push(tally);
    tally.absent = true;
    return this.#park(tally);
  }

  #log(absent: readonly Tally[]): void {
    const warn = (message: string, fields: object) => this.#parts.step.log("warn", message, fields);
    for (const { application, namespace, task, pending, parked } of absent.slice(0, LOGGED_AT_A_TIME)) {
      const fields = { application, namespace, task, pending, parked };
      warn(UNHANDLED_TASK, fields);
    }
    const further = absent.length - LOGGED_AT_A_TIME;
    if (further > 0)
      warn("no connected worker handles further tasks; their activations are parked", { tasks: further });
  }

  #park(tally: Tally): boolean {
    for (let row = this.#parts.queues.oldestOf(tally); row !== undefined; row = this.#parts.queues.oldestOf(tally)) {
      if (this.#left === 0) return true;
      this.#left -= 1;
      this.#lifecycle.move(row, "parked");
      this.entered(row);
      this.#reparkedMeanwhile ||= this.#isLoading(tally);
    }
    return false;
  }

  #isLoading({ application, namespace, task }: Tally): boolean {
    const load = this.#loading;
    return load?.application === application && load.namespace === namespace && load.tasks.includes(task);
  }

  /** Requests parked rows that a worker can take, of one namespace at a time. */
  #load(): void {
    const { limits, room } = this.#parts;
    if (this.#loading !== undefined || this.#parked === 0) return;
    if (room < Math.min(limits.loadLimit, limits.maxPendingCount / 4)) return;
    this.#mayLoad = false;
    const [key, tallies] = this.#next() ?? [];
    const [first] = tallies ?? [];
    if (key === undefined || tallies === undefined || first === undefined) return;
    this.#last = key;
    const { application, namespace } = first;
    // Half the room: the next namespace has its turn before all of this one is done.
    const limit = Math.max(1, Math.min(Math.floor(room / 2), limits.loadLimit));
    const load = { kind: "unpark", application, namespace, tasks: tallies.map(({ task }) => task), limit } as const;
    this.#loading = load;
    this.#parkedMeanwhile = 0;
    this.#reparkedMeanwhile = false;
    this.#parts.step.emit(load);
  }

  /** The parked tasks that a worker can take, of the namespace whose turn it is. */
  #next(): [string, Tally[]] | undefined {
    const byNamespace = new Map<string, Tally[]>();
    for (const tally of this.#parts.tallies) {
      if (tally.parked === 0 || this.#parts.pauses.parks(tally) || this.#unclaimedSince(tally) !== undefined) continue;
      tally.absent = false;
      const key = `${tally.application}\0${tally.namespace}`;
      const others = byNamespace.get(key);
      if (others === undefined) byNamespace.set(key, [tally]);
      else others.push(tally);
    }
    const keys = [...byNamespace.keys()].sort();
    const key = keys.find((key) => key > this.#last) ?? keys[0];
    if (key === undefined) return undefined;
    const tallies = byNamespace.get(key) ?? [];
    if (tallies.length > TASKS_OF_A_LOAD) tallies.sort((a, b) => a.oldestParked - b.oldestParked);
    return [key, tallies.slice(0, TASKS_OF_A_LOAD)];
  }
}
