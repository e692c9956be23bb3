import { REASONS, type Reason } from "../../activation/reasons.js";
import type { ErrorGroupDocument } from "../../operations/documents/errors.js";
import { fingerprintOfHead, headHash, headOf } from "../../operations/fingerprint/fingerprint.js";
import type { TaskNames } from "./end-columns.js";
import { copied, kept } from "./kept.js";

/** Groups kept; the one that was seen longest ago gives way. */
const MOST_GROUPS = 1000;
/** How long after its last end a group is kept, milliseconds. */
const KEPT_MS = 24 * 3_600_000;
/** Fingerprints computed in one second; of further new errors only the number is counted. */
const MOST_COMPUTED = 2000;
/** Errors whose group is known without computing it. */
const MOST_KNOWN = 1000;
const IDS = 5;
/** Numbers of reasons, for one number of task and reason. */
const REASON_NUMBERS = new Map(Object.keys(REASONS).map((reason, number) => [reason, number]));
const MINUTES = 60;
const MINUTE_MS = 60_000;

export interface Group {
  readonly fingerprint: string;
  readonly names: TaskNames;
  reason: Reason;
  error: string;
  readonly frame: string;
  count: number;
  readonly firstSeen: number;
  lastSeen: number;
  /** The last ones, in a ring. */
  readonly ids: string[];
  readonly perMinute: Uint32Array;
  /** The minute that was counted last, since the epoch. */
  minute: number;
  /** It gave way to others: a failed run of its kind makes a new one. */
  gone: boolean;
}

/** Failed runs by fingerprint. */
export class ErrorGroups {
  readonly #groups = new Map<string, Group>();
  /** By reason, task and head of the error. */
  readonly #known = new Map<number, Group>();
  #second = 0;
  #computed = 0;
  ungrouped = 0;

  /**
   * The group of a failed run; undefined when too many fingerprints had to be computed in this second. `task`: a number for
   * the task's names. `wall`: milliseconds.
   */
  of(task: number, names: TaskNames, reason: Reason, error: string, wall: number): Group | undefined {
    const key = headHash(error, task * REASON_NUMBERS.size + (REASON_NUMBERS.get(reason) ?? 0));
    const group = this.#known.get(key) ?? this.#find(key, names, reason, error, wall);
    if (group === undefined) this.ungrouped += 1;
    return group;
  }

  /** Counts a failed run. */
  count(group: Group, reason: Reason, id: string, wall: number): void {
    const minute = Math.floor(wall / MINUTE_MS);
    if (minute !== group.minute) turn(group, minute);
    group.ids[group.count % IDS] = kept(id);
    group.count += 1;
    group.reason = reason;
    if (wall > group.lastSeen) group.lastSeen = wall;
    const at = group.minute % MINUTES;
    group.perMinute[at] = (group.perMinute[at] ?? 0) + 1;
  }

  /** The one that was seen last is the first. `wall`: milliseconds. */
  list(wall: number): ErrorGroupDocument[] {
    return [...this.#groups.values()]
      .filter(({ lastSeen }) => wall - lastSeen < KEPT_MS)
      .sort((one, other) => other.lastSeen - one.lastSeen)
      .map((group) => documentOf(group, wall));
  }

  get size(): number {
    return this.#groups.size;
  }

  /** undefined: its fingerprint may not be computed in this second. */
  #find(key: number, names: TaskNames, reason: Reason, error: string, wall: number): Group | undefined {
    if (!this.#mayCompute(wall)) return undefined;
    const head = headOf(error);
    const fingerprint = fingerprintOfHead(reason, names.task, head);
    const known = this.#groups.get(fingerprint);
    const group = known ?? {
      fingerprint,
      names,
      reason,
      error: copied(head.firstLine),
      frame: copied(head.frame),
      count: 0,
      firstSeen: wall,
      lastSeen: wall,
      ids: [],
      perMinute: new Uint32Array(MINUTES),
      minute: Math.floor(wall / MINUTE_MS),
      gone: false,
    };
    if (known === undefined) {
      this.#makeRoom(wall);
      this.#groups.set(fingerprint, group);
    }
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(key, group);
    return group;
  }

  #mayCompute(wall: number): boolean {
    const second = Math.floor(wall / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#computed = 0;
    }
    this.#computed += 1;
    return this.#computed <= MOST_COMPUTED;
  }

  #makeRoom(wall: number): void {
    if (this.#groups.size < MOST_GROUPS) return;
    let oldest: Group | undefined;
    for (const group of this.#groups.values()) {
      if (wall - group.lastSeen >= KEPT_MS) this.#forget(group);
      else if (oldest === undefined || group.lastSeen < oldest.lastSeen) oldest = group;
    }
    if (this.#groups.size >= MOST_GROUPS && oldest !== undefined) this.#forget(oldest);
    // What is known leads to groups that are gone.
    this.#known.clear();
  }

  #forget(group: Group): void {
    group.gone = true;
    this.#groups.delete(group.fingerprint);
  }
}

/** Empties the minutes after the last one that was counted, up to `minute`. */
function turn(group: Group, minute: number): void {
  for (let next = Math.max(group.minute + 1, minute - MINUTES + 1); next <= minute; next += 1)
    group.perMinute[next % MINUTES] = 0;
  group.minute = Math.max(group.minute, minute);
}

function documentOf(group: Group, wall: number): ErrorGroupDocument {
  turn(group, Math.floor(wall / MINUTE_MS));
  const { fingerprint, names, reason, error, frame, count, firstSeen, lastSeen, ids, perMinute, minute } = group;
  return {
    fingerprint,
    ...names,
    reason,
    error,
    frame,
    count,
    firstSeen: new Date(firstSeen).toISOString(),
    lastSeen: new Date(lastSeen).toISOString(),
    ids: [...ids],
    perMinute: Array.from({ length: MINUTES }, (_, at) => perMinute[(minute + 1 + at) % MINUTES] ?? 0),
  };
}
