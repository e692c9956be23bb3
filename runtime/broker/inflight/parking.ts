import type { Core } from "./core.js";
import type { Tally } from "./counts/tally.js";
import type { Effect } from "./events.js";
import type { Row, StoredRow } from "./row.js";

/** How often it is looked which tasks no worker can take. */
const LOOK_MS = 1000;
/** Rows parked at a time. */
const SLICE = 1000;
/** Tasks asked for with one load: each is a query of the journal. */
const TASKS_OF_A_LOAD = 256;
/** Tasks named in the log at a time: their names come from outside. */
const NAMED_AT_A_TIME = 20;

/** Logged when activations are parked, and again while they wait. */
export const UNHANDLED_TASK = "no connected worker handles this task; its activations are waiting";

/** Since when nobody can take the task: -Infinity when nobody ever could, undefined while somebody can. */
export type Unclaimed = (tally: Tally) => number | undefined;

/**
 * Pending work that no worker can take for a while leaves memory, so that it does not fill the place of others, and
 * comes back, in order, when a worker appears.
 */
export class Parking {
  readonly #core: Core;
  readonly #unclaimed: Unclaimed;
  #lookAt = 0;
  /** A worker appeared, or there is room again. */
  #check = false;
  #loading: Extract<Effect, { kind: "unpark" }> | undefined;
  /** The namespace that came back last: the others have their turn before it. */
  #last = "";
  /** Parked since the load under way was asked for. */
  #parkedMeanwhile = 0;
  #parked = 0;

  constructor(core: Core, unclaimed: Unclaimed) {
    this.#core = core;
    this.#unclaimed = unclaimed;
  }

  recovered(parked: number): void {
    this.#parked += parked;
    this.#check = true;
  }

  /** A worker appeared that may take what is parked. */
  appeared(): void {
    this.#check = true;
  }

  /** New work of the task joins what is parked: at once when nobody can take it, else to keep the order. */
  parks(tally: Tally): boolean {
    return tally.absent || tally.parked > 0;
  }

  /** Takes a row that entered as parked. */
  entered(row: Row): void {
    this.#parked += 1;
    this.#parkedMeanwhile += 1;
    row.tally.oldestParked = Math.min(row.tally.oldestParked, row.facts.receivedAt);
    this.#core.forgetWhenWritten(row);
  }

  /** Parked work is to come back, or on its way. */
  get loading(): boolean {
    return this.#loading !== undefined || (this.#parked > 0 && this.#check);
  }

  /** Returns whether there is more to do at once. */
  upkeep(now: number): boolean {
    let more = false;
    if (now >= this.#lookAt) {
      const absent: Tally[] = [];
      for (const tally of this.#core.tallies) more = this.#look(tally, now, absent) || more;
      this.#name(absent);
      this.#core.tallies.prune();
      this.#core.lanes.prune();
      if (!more) this.#lookAt = now + LOOK_MS;
      this.#check = true;
    }
    if (this.#check) this.#load();
    return more;
  }

  get nextWake(): number {
    return this.#core.lanes.size > 0 || this.#parked > 0 ? this.#lookAt : Number.POSITIVE_INFINITY;
  }

  /** Takes the answer; `enter` makes a row live again. */
  unparked(rows: readonly StoredRow[], enter: (stored: StoredRow) => void): void {
    const load = this.#loading;
    this.#loading = undefined;
    this.#check = true;
    for (const row of rows) enter(row);
    this.#parked -= rows.length;
    if (load === undefined || rows.length > 0 || this.#parkedMeanwhile > 0) return;
    // The journal has none of those that are counted: they were damaged and are accounted for there.
    for (const task of load.tasks) {
      const tally = this.#core.tallies.of({ ...load, task });
      this.#parked -= tally.parked;
      tally.parked = 0;
    }
  }

  /** `absent` gets the tally when nobody has taken its task for long enough by now. Returns whether there is more to park. */
  #look(tally: Tally, now: number, absent: Tally[]): boolean {
    if (tally.parked === 0) tally.oldestParked = Number.POSITIVE_INFINITY;
    if (tally.pending === 0 && tally.parked === 0) return false;
    const since = this.#unclaimed(tally);
    if (since === undefined) {
      tally.unclaimedSince = undefined;
      tally.absent = false;
      return false;
    }
    tally.unclaimedSince ??= since === Number.NEGATIVE_INFINITY ? now : since;
    if (now - tally.unclaimedSince < this.#core.limits.parkAfter) return false;
    if (!tally.absent) absent.push(tally);
    tally.absent = true;
    return this.#park(tally);
  }

  #name(absent: readonly Tally[]): void {
    const warn = (message: string, fields: object) => this.#core.emit({ kind: "log", level: "warn", message, fields });
    for (const { application, namespace, task, pending, parked } of absent.slice(0, NAMED_AT_A_TIME)) {
      const fields = { application, namespace, task, pending, parked };
      warn(UNHANDLED_TASK, fields);
    }
    const further = absent.length - NAMED_AT_A_TIME;
    if (further > 0)
      warn("no connected worker handles further tasks; their activations are parked", { tasks: further });
  }

  #park(tally: Tally): boolean {
    for (let count = 0; count < SLICE; count += 1) {
      const row = this.#core.lanes.oldestOf(tally);
      if (row === undefined) return false;
      this.#core.move(row, "parked");
      this.entered(row);
    }
    return true;
  }

  /** Asks for parked rows that a worker can take, of one namespace at a time. */
  #load(): void {
    const { limits, room } = this.#core;
    if (this.#loading !== undefined || this.#parked === 0) return;
    if (room < Math.min(limits.loadLimit, limits.maxPendingCount / 4)) return;
    this.#check = false;
    const [key, tallies] = this.#next() ?? [];
    const [first] = tallies ?? [];
    if (key === undefined || tallies === undefined || first === undefined) return;
    this.#last = key;
    const { application, namespace } = first;
    // Half the room: the next namespace has its turn while this one is worked off.
    const limit = Math.max(1, Math.min(Math.floor(room / 2), limits.loadLimit));
    const load = { kind: "unpark", application, namespace, tasks: tallies.map(({ task }) => task), limit } as const;
    this.#loading = load;
    this.#parkedMeanwhile = 0;
    this.#core.emit(load);
  }

  /** The parked tasks that a worker can take, of the namespace whose turn it is. */
  #next(): [string, Tally[]] | undefined {
    const byNamespace = new Map<string, Tally[]>();
    for (const tally of this.#core.tallies) {
      if (tally.parked === 0 || this.#unclaimed(tally) !== undefined) continue;
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
