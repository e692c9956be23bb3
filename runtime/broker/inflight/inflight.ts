import type { TopicPartition } from "../../base/topic-partition.js";
import { Acts } from "./acts/acts.js";
import { Cancel } from "./acts/cancel.js";
import { Claims } from "./claims/claims.js";
import { Dispatch } from "./claims/dispatch.js";
import { Sessions } from "./claims/sessions.js";
import { StartGate } from "./claims/start-gate.js";
import { UncommittedClaims } from "./claims/uncommitted-claims.js";
import type { Snapshot } from "./counts/snapshot.js";
import type { Effect, Event } from "./events.js";
import { Intake } from "./intake/intake.js";
import { OlderCopy } from "./intake/older-copy.js";
import { Partitions } from "./intake/partitions.js";
import { Recovery } from "./intake/recovery.js";
import { Replays } from "./intake/replay.js";
import { RuntimePolicy } from "./intake/runtime-policy.js";
import { StoredRows } from "./intake/stored-rows.js";
import type { Limits } from "./limits.js";
import type { LiveRows } from "./memory/live-rows.js";
import { Parts } from "./parts.js";
import type { Changes } from "./persisted.js";
import type { Facts } from "./row.js";
import { snapshotOf } from "./snapshot-of.js";
import { Lifecycle } from "./states/lifecycle.js";
import { Parking } from "./states/parking.js";

/** When the wall was set by more, the journal gets the ends of claims again, milliseconds. */
const NOTABLE_STEP_MS = 1000;

/**
 * The in-flight activations of a pool: a pure state machine. It has no clock, no timers and does no I/O: every event
 * comes with the times of `Clock`, and everything to be done outside is an effect. Rows are in memory first; `takeChanges`
 * returns what the next journal commit has to hold. row.ts describes the states.
 */
export class Inflight {
  readonly #parts: Parts;
  readonly #lifecycle: Lifecycle;
  readonly #claims: Claims;
  readonly #sessions: Sessions;
  readonly #dispatch: Dispatch;
  readonly #parking: Parking;
  readonly #policy: RuntimePolicy;
  readonly #gate: StartGate;
  readonly #replays = new Replays();
  readonly #olderCopy: OlderCopy;
  readonly #partitions: Partitions;
  readonly #storedRows: StoredRows;
  readonly #intake: Intake;
  readonly #recovery: Recovery;
  readonly #cancel: Cancel;
  readonly #acts: Acts;
  /** Upkeep has more to do at once. */
  #more = false;
  /** By how much the wall was ahead when the journal last got the ends of claims. */
  #lead = 0;

  /** `parts`: for a test that looks inside. */
  constructor(limits: Limits, parts: Parts = new Parts(limits)) {
    const lifecycle = new Lifecycle(parts);
    const uncommitted = new UncommittedClaims();
    const gate = new StartGate();
    const claims = new Claims(parts, lifecycle, uncommitted);
    const sessions = new Sessions(parts, claims, gate);
    const dispatch = new Dispatch(parts, lifecycle, claims, sessions, uncommitted, gate);
    const parking = new Parking(parts, lifecycle, (tally) => dispatch.unclaimedSince(tally, parts.step.now));
    const policy = new RuntimePolicy(parts, lifecycle);
    const olderCopy = new OlderCopy(parts, lifecycle);
    const replays = this.#replays;
    const partitions = new Partitions(parts, lifecycle, replays, olderCopy);
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#claims = claims;
    this.#sessions = sessions;
    this.#dispatch = dispatch;
    this.#gate = gate;
    this.#parking = parking;
    this.#policy = policy;
    this.#olderCopy = olderCopy;
    this.#partitions = partitions;
    const storedRows = new StoredRows(parts, lifecycle, claims, olderCopy, policy);
    const cancel = new Cancel(parts, lifecycle, claims, sessions, parking);
    this.#storedRows = storedRows;
    this.#cancel = cancel;
    this.#acts = new Acts(parts, lifecycle, parking, cancel);
    this.#intake = new Intake(parts, { lifecycle, partitions, replays, claims, parking, policy, cancel });
    this.#recovery = new Recovery(parts, { partitions, replays, olderCopy, claims, sessions, parking, storedRows });
  }

  /** `now` and `wall` as the clock has them; they differ only when the wall was set, or the machine slept. */
  apply(event: Event, now: number, wall: number = now): Effect[] {
    const { step, rows, changes, backpressure } = this.#parts;
    step.now = now;
    step.wall = wall;
    if (Math.abs(step.lead - this.#lead) > NOTABLE_STEP_MS) {
      this.#lead = step.lead;
      this.#claims.rewriteDeadlines();
    }
    this.#take(event, now);
    this.#upkeep(now);
    this.#dispatch.run(now);
    backpressure.review({ liveBytes: rows.bytes, uncommitted: changes.size }, this.#emitReading);
    return step.takeEffects();
  }

  readonly #emitReading = (kind: "pause" | "resume", topic: string): void => this.#parts.step.emit({ kind, topic });

  /** What changed since the last time, as one journal commit. */
  takeChanges(): Changes {
    const changes = this.#parts.changes.take(this.#parts.step.lead, (row) => {
      if (row.transient && row.state !== "pending" && row.state !== "processing") this.#lifecycle.forget(row);
    });
    const ownership = this.#parts.ownership.takeChanged();
    const copied = this.#olderCopy.takeChanged();
    const ahead = this.#parts.ahead.takeChanged();
    if (ownership === undefined && copied === undefined && ahead === undefined) return changes;
    return { ...changes, ...(ownership && { ownership }), ...(copied && { copied }), ...(ahead && { ahead }) };
  }

  /** How much there is to commit; 0: nothing. */
  get changed(): number {
    const { ahead, changes, ownership } = this.#parts;
    return changes.size + [ownership, this.#olderCopy, ahead].filter(({ changed }) => changed).length;
  }

  /** The activations in memory, for operators; it holds until the next event. */
  get live(): Pick<LiveRows, "count" | "get" | "size" | typeof Symbol.iterator> {
    return this.#parts.rows;
  }

  /** Whether rows wait until the log has stored a position beyond them. */
  get waitsForPosition(): boolean {
    return this.#parts.ownership.hasWaiting;
  }

  /** Partitions that are not owned whose position in the log has to be read, and given by `positionRead`. */
  get positionsToRead(): readonly TopicPartition[] {
    return this.#parts.ownership.undecided;
  }

  /** Everything of the partition before it is settled, or has a row in a commit of what was changed until now. */
  positionOf(partition: TopicPartition): number | undefined {
    return this.#partitions.get(partition) === undefined ? undefined : this.#parts.changes.positionOf(partition);
  }

  /** Whether a claim that a worker brought back counts for its session. */
  counts(session: string, claim: number, id: string): boolean {
    return this.#claims.counts(session, claim, id);
  }

  /** Whether an outcome of one of the claims waits for its activation to be read again: then it is not settled yet. */
  awaits(claims: readonly number[]): boolean {
    return this.#claims.awaits(claims);
  }

  /** Whether the id is remembered as finished. */
  hasFinished(id: string): boolean {
    return this.#parts.finished.has(id);
  }

  /** Whether the activation is claimed at-least-once work, which runs again if what is reported of it is lost. */
  mayRepeat(id: string): boolean {
    const row = this.#parts.rows.get(id);
    return row !== undefined && row.state === "processing" && !row.facts.atMostOnce;
  }

  /** The facts of the activation with this current claim. */
  claimed(claim: number): Facts | undefined {
    return this.#parts.currentClaims.get(claim)?.facts;
  }

  /** Includes lost sessions, until their grace is over. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Whether the topic must not be read at the moment. */
  isPaused(topic: string): boolean {
    return this.#parts.backpressure.topic(topic).paused.size > 0;
  }

  /** When a `tick` has something to do, by `now`; Infinity when never. */
  nextWake(now: number): number {
    if (this.#more) return now;
    const { changes, delays, expiries, rows, step, room } = this.#parts;
    return Math.min(
      delays.nextWake(room, rows.delaysFit) - step.lead,
      expiries.earliest - step.lead,
      changes.nextAge,
      this.#claims.nextWake,
      this.#sessions.nextWake,
      this.#dispatch.nextWake(now),
      this.#parking.nextWake,
      this.#cancel.nextWake,
    );
  }

  get snapshot(): Snapshot {
    return snapshotOf(this.#parts, {
      sessions: this.#sessions,
      dispatch: this.#dispatch,
      gate: this.#gate,
      partitions: this.#partitions,
      uncommitted: this.changed,
    });
  }

  #take(event: Event, now: number): void {
    switch (event.kind) {
      case "recovered":
        this.#recovery.recovered(event, now);
        break;
      case "assigned":
        this.#partitions.assigned(event);
        break;
      case "revoked":
        this.#partitions.revoked(event);
        break;
      case "positionsStored":
        this.#partitions.positionsStored(event.positions);
        break;
      case "positionRead":
        this.#partitions.positionRead(event);
        break;
      case "arrived":
        this.#intake.arrived(event);
        break;
      case "opened":
        this.#sessions.open(event);
        this.#parking.workerAppeared();
        break;
      case "credit":
        this.#sessions.credit(event.session, event.count);
        break;
      case "withdrawn":
        this.#sessions.withdrawn(event.session);
        break;
      case "started":
        this.#claims.started(event.session, event.starts, now);
        break;
      case "outcomes":
        for (const outcome of event.outcomes) this.#claims.outcome(event.session, outcome);
        break;
      case "returned":
        this.#claims.returned(event.session, event.claims);
        break;
      case "draining":
        this.#sessions.draining(event.session);
        break;
      case "lost":
        this.#sessions.lost(event.session, event.since ?? now);
        break;
      case "closed":
        this.#sessions.closed(event.session);
        break;
      case "fetch":
        this.#dispatch.fetch(event, now);
        this.#parking.workerAppeared();
        break;
      case "unfetch":
        this.#dispatch.unfetch(event.fetch);
        break;
      case "concluded":
        for (const conclusion of event.conclusions) this.#claims.conclude(conclusion);
        break;
      case "refused":
        this.#claims.refused(event.claim);
        break;
      case "unanswered":
        this.#claims.unanswered(event.claim);
        break;
      case "act":
        this.#acts.act(event);
        break;
      case "found":
        this.#acts.found(event.act, event.rows, event.next);
        break;
      case "policy":
        this.#policy.change(event.policy);
        break;
      case "pauses":
        this.#parking.pausesChanged(event.pauses);
        break;
      case "drain":
        this.#sessions.drain(event.worker, event.drained);
        this.#parking.workerAppeared();
        break;
      case "published":
        for (const row of event.rows) this.#lifecycle.published(row);
        break;
      case "unpublishable":
        this.#lifecycle.keepUnpublished(event.row, event.error);
        break;
      case "loaded":
        this.#storedRows.loaded(event.rows, event.complete, event.nextDue);
        break;
      case "unparked":
        this.#parking.unparked(event.rows, (stored) => this.#storedRows.unparked(stored));
        break;
      case "disk":
        this.#parts.backpressure.disk(event.bytes);
        break;
      case "committed":
        this.#dispatch.committed(event.number);
        this.#cancel.committed(event.number);
        break;
      case "tick":
        this.#sessions.tick(now, this.#claims.tick(now));
        this.#dispatch.tick(now);
        this.#cancel.tick(now);
        break;
      case "stopping":
        this.#parts.changes.age(Number.POSITIVE_INFINITY);
        break;
    }
  }

  /** Delays and expiries that are over, work that no worker takes, and rows to be loaded. */
  #upkeep(now: number): void {
    const { changes, delays, finished, rows, step } = this.#parts;
    const { wall } = step;
    this.#lifecycle.releaseDue(wall);
    finished.tick(wall);
    changes.age(now);
    this.#partitions.upkeep();
    this.#policy.upkeep();
    const parking = this.#parking.upkeep(now);
    this.#more = parking || this.#policy.sweeping;
    if (this.#claims.expecting && this.#allRead(wall)) this.#claims.allRead();
    const load = delays.load(wall, this.#parts.room, rows.delaysFit);
    if (load !== undefined) step.emit({ kind: "load", ...load });
  }

  /** Whether everything that may have been handed out before the start has come in again. */
  #allRead(wall: number): boolean {
    const { delays, rows, room } = this.#parts;
    return this.#partitions.caughtUp && delays.nextWake(room, rows.delaysFit) > wall && !this.#parking.loading;
  }
}
