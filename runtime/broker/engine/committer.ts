import type { Clock } from "../../base/clock.js";
import { keyOf } from "../../base/topic-partition.js";
import type { Inflight } from "../inflight/inflight.js";
import type { PartitionState } from "../inflight/persisted.js";
import type { JournalPort } from "../journal/journal.js";
import type { JournalReport } from "../journal/messages.js";

/** When a commit starts that no answer waits for: this long after the first change, or at this many changes. */
const COMMIT_DELAY_MS = 10;
const COMMIT_CHANGES = 4096;
/** How often changes go to the journal while the disk takes nothing: what is settled may make room. */
const STUCK_DELAY_MS = 1000;
/** Commits are behind when one takes longer than this, milliseconds. */
const BEHIND_MS = 100;
/** How often the journal is asked for a report. */
const REPORT_EVERY_MS = 1000;

export interface CommitEvents {
  committed(number: number): void;
  /** A commit is on disk: its number of changes, and the time since the journal got it. */
  written(changes: number, milliseconds: number): void;
  /** Everything before these positions is settled or a row on disk. */
  reported(partitions: readonly PartitionState[], report: JournalReport): void;
  /** The journal or one of these callbacks threw. */
  failed(error: unknown): void;
}

/** Decides when the in-flight machine's changes go to the journal, and reports when they are on disk. */
export class Committer {
  readonly #inflight: Inflight;
  readonly #journal: JournalPort;
  readonly #clock: Clock;
  readonly #events: CommitEvents;
  readonly #positions = new Map<string, PartitionState>();
  /** Each is resolved by the commit of its number. */
  #waiting: { readonly commit: number; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  /** When the journal got each commit that is under way. */
  readonly #underWay: number[] = [];
  #sent = 0;
  #durable = 0;
  #urgent = false;
  /** An urgent commit starts after this turn of the event loop, so that all events of the turn share it. */
  #soon = false;
  #cancelTimer: (() => void) | undefined;
  #reportedAt = 0;
  #stuck = false;
  /** Why nothing more is written; undefined while commits are made. */
  #halted: { readonly error: unknown } | undefined;

  constructor(inflight: Inflight, journal: JournalPort, clock: Clock, events: CommitEvents) {
    this.#inflight = inflight;
    this.#journal = journal;
    this.#clock = clock;
    this.#events = events;
  }

  /** Called after each change. `urgent`: an answer waits for the commit. */
  touch(urgent = false): void {
    if (urgent) this.#urgent = true;
    if (this.#halted !== undefined || this.#inflight.changed === 0) return;
    if (this.#stuck) this.#cancelTimer ??= this.#clock.after(STUCK_DELAY_MS, () => this.flush());
    else if (this.#sent > this.#durable) return;
    else if (this.#inflight.changed >= COMMIT_CHANGES) this.flush();
    else if (this.#urgent) this.#flushSoon();
    else this.#cancelTimer ??= this.#clock.after(COMMIT_DELAY_MS, () => this.flush());
  }

  /** Whether the disk takes no commits: they then queue up in the journal. */
  stuck(stuck: boolean): void {
    this.#stuck = stuck;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.touch();
  }

  /** Resolves when everything changed until now is on disk; rejects when it never will be. */
  durable(urgent = false): Promise<void> {
    if (this.#halted !== undefined) return Promise.reject(this.#halted.error);
    const commit = this.#inflight.changed === 0 ? this.#sent : this.#sent + 1;
    if (commit <= this.#durable) return Promise.resolve();
    const done = new Promise<void>((resolve, reject) => this.#waiting.push({ commit, resolve, reject }));
    this.touch(urgent);
    return done;
  }

  /** Gives nothing more to the journal; pending durable() calls reject. */
  halt(error: unknown): void {
    this.#halted ??= { error };
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  get halted(): boolean {
    return this.#halted !== undefined;
  }

  /** Whether what changes now may take long to be on disk, or never get there. */
  get isBehind(): boolean {
    if (this.#stuck || this.#halted !== undefined) return true;
    const [since] = this.#underWay;
    return since !== undefined && this.#clock.now() - since > BEHIND_MS;
  }

  /** When the oldest commit under way began; undefined: none is under way. */
  get since(): number | undefined {
    return this.#underWay[0];
  }

  /** Gives the changes to the journal now, behind the commits that it has. */
  flush(): void {
    try {
      this.#flush();
    } catch (error) {
      this.#events.failed(error);
    }
  }

  #flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#urgent = false;
    if (this.#halted !== undefined || this.#inflight.changed === 0) return;
    const count = this.#inflight.changed;
    const changes = this.#inflight.takeChanges();
    this.#sent = changes.number;
    const now = this.#clock.now();
    this.#underWay.push(now);
    // A report is due at once when a partition waits for its position to be stored in the log.
    const report = now - this.#reportedAt >= REPORT_EVERY_MS || this.#inflight.waitsForPosition;
    if (report) this.#reportedAt = now;
    const committed = (reported: JournalReport | undefined) => {
      this.#underWay.shift();
      this.#events.written(count, this.#clock.now() - now);
      for (const state of changes.partitions) this.#positions.set(keyOf(state), state);
      this.#committed(changes.number);
      if (reported !== undefined) this.#events.reported([...this.#positions.values()], reported);
    };
    this.#journal
      .commit(changes, report)
      .then(committed)
      .catch((error: unknown) => this.#events.failed(error));
  }

  #flushSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      if (this.#sent === this.#durable) this.flush();
    });
  }

  #committed(number: number): void {
    this.#durable = number;
    const done = this.#waiting.filter((wait) => wait.commit <= number);
    this.#waiting = this.#waiting.filter((wait) => wait.commit > number);
    for (const { resolve } of done) resolve();
    this.#events.committed(number);
    // Changes that came in meanwhile have waited long enough.
    if (this.#urgent && this.#sent === this.#durable) this.flush();
    else this.touch();
  }
}
