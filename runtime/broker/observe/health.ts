import type { Clock } from "../../base/clock.js";
import { formatDuration } from "../../base/duration.js";
import type { Unreadable } from "../../log/port.js";
import type { PauseReason } from "../inflight/events.js";

/** Why a broker is not ready: the closed list, in /readyz and in a metric. */
export const NOT_READY = [
  "starting",
  "stopping",
  "stalled",
  "journal_stuck",
  "commit_slow",
  "not_assigned",
  "unreadable",
  "publishing_fails",
  "disk_full",
] as const;

export interface Reason {
  readonly code: (typeof NOT_READY)[number];
  readonly message: string;
}

/** A topic whose log does not take retries, dead letters or forwarded records. */
export interface PublishProblem {
  readonly topic: string;
  readonly waiting: number;
  readonly error: string;
  /** Of the first failure since the last success, milliseconds. */
  readonly since: number;
}

/** What is observed of a broker. Times are milliseconds. */
export interface HealthFacts {
  readonly now: number;
  readonly phase: "starting" | "running" | "stopping";
  /** The last time the broker stood still, and for how long; undefined when it never did. */
  readonly stalled: { readonly until: number; readonly milliseconds: number } | undefined;
  readonly journal: {
    readonly file: string;
    /** Why it takes no commits. */
    readonly stuck: string | undefined;
    /** Since when the oldest commit is under way. */
    readonly commitSince: number | undefined;
  };
  readonly clusters: readonly {
    readonly name: string;
    /** A partition was ever assigned. */
    readonly assigned: boolean;
    /** Some partition is read, or none is to be. */
    readonly reads: boolean;
  }[];
  /** What of the clusters cannot be read. */
  readonly unreadable: readonly Unreadable[];
  readonly publishing: readonly PublishProblem[];
  readonly paused: readonly { readonly topic: string; readonly reason: PauseReason; readonly message: string }[];
}

/** A commit, a failing log, or a broker that stood still for so long is a reason. */
const TOO_LONG_MS = 10_000;
/** Partitions named in one reason. */
const MOST_NAMED = 5;
/** A broker that stood still is not trusted until it has run for so long again. */
const RECOVERY_MS = 5000;

/** What keeps the broker from being ready. Reading paused by a limit of counts is none: that is how it is meant to work. */
export function reasonsOf(facts: HealthFacts): Reason[] {
  const { now, phase, stalled, journal, clusters, unreadable, publishing, paused } = facts;
  const reasons: Reason[] = [];
  const say = (code: Reason["code"], message: string) => reasons.push({ code, message });
  if (phase === "starting") say("starting", "the broker is starting: it takes no workers yet");
  if (phase === "stopping") say("stopping", "the broker is stopping");
  if (stalled !== undefined && stalled.milliseconds > TOO_LONG_MS && now - stalled.until < RECOVERY_MS)
    say(
      "stalled",
      `the broker stood still for ${seconds(stalled.milliseconds)}; it is trusted again after ${seconds(RECOVERY_MS)}`,
    );
  if (journal.stuck !== undefined)
    say("journal_stuck", `the in-flight file ${journal.file} takes no commits: ${journal.stuck}`);
  else if (journal.commitSince !== undefined && now - journal.commitSince > TOO_LONG_MS)
    say(
      "commit_slow",
      `a commit to the in-flight file ${journal.file} has been under way for ${seconds(now - journal.commitSince)}; is its disk overloaded or full?`,
    );
  const lasting = unreadable.filter(({ forMs }) => forMs > TOO_LONG_MS);
  const why = lasting
    .slice(0, MOST_NAMED)
    .map(({ message }) => message)
    .join("; ");
  for (const { name, assigned, reads } of clusters) {
    if (!assigned)
      say(
        "not_assigned",
        `no partition of cluster "${name}" is assigned yet${why === "" ? "; is it reachable?" : `: ${why}`}`,
      );
    else if (!reads && why !== "") say("unreadable", `no partition of cluster "${name}" can be read: ${why}`);
  }
  for (const { topic, waiting, error, since } of publishing) {
    if (now - since > TOO_LONG_MS)
      say(
        "publishing_fails",
        `the log has refused records for topic "${topic}" for ${seconds(now - since)}, ${waiting} wait: ${error}`,
      );
  }
  for (const { topic, reason, message } of paused)
    if (reason === "max_disk") say("disk_full", `reading of topic "${topic}" is paused: ${message}`);
  return reasons;
}

function seconds(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000);
}

const BEAT_MS = 1000;

/** Looks at the facts every second, and notices when the process stood still in between. */
export class Health {
  readonly #clock: Clock;
  readonly #facts: (stalled: HealthFacts["stalled"]) => HealthFacts;
  readonly #listeners = new Set<() => void>();
  #beatAt: number;
  #stalled: HealthFacts["stalled"];
  #serving: boolean | undefined;
  #cancel: () => void = () => {};

  constructor(clock: Clock, facts: (stalled: HealthFacts["stalled"]) => HealthFacts) {
    this.#clock = clock;
    this.#facts = facts;
    this.#beatAt = clock.now();
    this.#next();
  }

  reasons(): Reason[] {
    this.#notice();
    return reasonsOf(this.#facts(this.#stalled));
  }

  serving(): boolean {
    return this.reasons().length === 0;
  }

  /** Calls the listener when serving() has changed; returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something changed that cannot wait for the next second. */
  look(): void {
    const serving = this.serving();
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const listener of this.#listeners) listener();
  }

  stop(): void {
    this.#cancel();
  }

  #next(): void {
    this.#cancel = this.#clock.after(BEAT_MS, () => {
      this.look();
      this.#beatAt = this.#clock.now();
      this.#next();
    });
  }

  #notice(): void {
    const now = this.#clock.now();
    const late = now - this.#beatAt - BEAT_MS;
    if (late > TOO_LONG_MS) this.#stalled = { until: now, milliseconds: late };
  }
}
