import type { ActivationHead } from "../../activation/activation.js";
import { CHOSEN_ID_HEADER } from "../../activation/headers.js";
import { keyOf } from "../../base/topic-partition.js";
import { Claims } from "./claims/claims.js";
import { Copied } from "./copied.js";
import { Core, namesOf } from "./core.js";
import type { Snapshot } from "./counts/snapshot.js";
import type { CommittedPosition, Effect, End, Event } from "./events.js";
import { factsOf, type Place, poisonFacts } from "./intake/arrival.js";
import { type Rereading, Rereadings } from "./intake/replay.js";
import { Policing } from "./intake/runtime-policy.js";
import type { Limits } from "./limits.js";
import { Parking } from "./parking.js";
import type { Changes, PartitionState, Recovered } from "./persisted.js";
import { type Facts, fromStored, Row, type State, type StoredRow } from "./row.js";

interface Partition extends PartitionState {
  position: number;
  /** Where the log ended when it was assigned: below it is what may have been in hand before the start. */
  endAtStart: number;
}

const COPIED =
  "its record was read again: it may have been handed out before, by another in-flight file or a later copy of this one";
/** Delays and expiries that are over are handled so many at a time. */
const SLICE = 1000;

/** When the wall was set by more, ends of claims in the journal are told anew, milliseconds. */
const NOTABLE_STEP_MS = 1000;

/**
 * The in-flight activations of a pool: a pure state machine. It has no clock, no timers and does no I/O; every event
 * comes with the times of `Clock`, and all that is to be done outside is an effect. Rows are in memory first; `takeChanges` gives
 * what the next journal commit has to hold. The states are described in row.ts.
 */
export class Inflight {
  readonly #core: Core;
  readonly #claims: Claims;
  readonly #parking: Parking;
  readonly #policing: Policing;
  readonly #rereadings = new Rereadings();
  readonly #partitions = new Map<string, Partition>();
  readonly #copied = new Copied();
  /** Upkeep has more to do at once. */
  #more = false;
  /** By how much the wall was ahead when the journal was told the ends of claims last. */
  #lead = 0;

  constructor(limits: Limits) {
    this.#core = new Core(limits);
    this.#claims = new Claims(this.#core);
    this.#parking = new Parking(this.#core, (tally) => this.#claims.unclaimed(tally, this.#core.now));
    this.#policing = new Policing(this.#core);
  }

  /** `now` and `wall` as the clock has them; they differ only when the wall was set, or the machine slept. */
  apply(event: Event, now: number, wall: number = now): Effect[] {
    const core = this.#core;
    core.now = now;
    core.wall = wall;
    if (Math.abs(core.lead - this.#lead) > NOTABLE_STEP_MS) {
      this.#lead = core.lead;
      this.#claims.retell();
    }
    this.#take(event, now);
    this.#upkeep(now);
    this.#claims.dispatch(now);
    core.reading.review({ liveBytes: core.liveBytes, uncommitted: core.changes.size });
    return core.takeEffects();
  }

  /** What changed since the last time, as one journal commit. */
  takeChanges(): Changes {
    const changes = this.#core.changes.take(this.#core.lead, (row) => {
      if (row.transient && row.state !== "pending" && row.state !== "processing") this.#core.forget(row);
    });
    const ownership = this.#core.custody.takeChanged();
    const copied = this.#copied.takeChanged();
    if (ownership === undefined && copied === undefined) return changes;
    return { ...changes, ...(ownership && { ownership }), ...(copied && { copied }) };
  }

  /** Whether there is something to commit. */
  get changed(): number {
    return this.#core.changes.size + (this.#core.custody.changed ? 1 : 0) + (this.#copied.changed ? 1 : 0);
  }

  /** Rows wait until the log has stored a position behind them. */
  get waitsForPosition(): boolean {
    return this.#core.custody.waits;
  }

  /** Partitions whose standing in the log has to be told. */
  get positionsToRead(): readonly { readonly topic: string; readonly partition: number }[] {
    return this.#core.custody.open;
  }

  /** All of the partition before it is dealt with, or has a row in a commit of what was changed until now. */
  positionOf(place: { readonly topic: string; readonly partition: number }): number | undefined {
    return this.#partitions.has(keyOf(place)) ? this.#core.changes.positionOf(place) : undefined;
  }

  /** Whether a claim that a worker brought back counts for its session. */
  counts(session: string, claim: number, id: string): boolean {
    return this.#claims.counts(session, claim, id);
  }

  /** When a `tick` has something to do, by `now`; Infinity when never. */
  nextWake(now: number): number {
    if (this.#more) return now;
    const { changes, delays, delaysFit, expiries, lead, room } = this.#core;
    return Math.min(
      delays.nextWake(room, delaysFit) - lead,
      expiries.earliest - lead,
      changes.nextAge,
      this.#claims.nextWake(now),
      this.#parking.nextWake,
    );
  }

  /** Whether an outcome of one of the claims waits for its activation to be read again: then it is not settled yet. */
  awaits(claims: readonly number[]): boolean {
    return this.#claims.expecting && claims.some((claim) => this.#claims.awaits(claim));
  }

  /** The facts of the activation with this current claim. */
  claimed(claim: number): Facts | undefined {
    return this.#claims.rowOf(claim)?.facts;
  }

  /** Sessions, also those that were lost within the grace. */
  get sessionCount(): number {
    return this.#claims.sessionCount;
  }

  /** Whether the topic is not to be read at the moment. */
  isPaused(topic: string): boolean {
    return this.#core.topic(topic).paused.size > 0;
  }

  get snapshot(): Snapshot {
    const core = this.#core;
    const claims = this.#claims;
    return {
      limits: core.limits,
      tallies: core.tallies,
      taskNames: core.tallies.size,
      get counts() {
        return core.tallies.total();
      },
      topics: core.reading.all(),
      partitions: [...this.#partitions.values()],
      get sessions() {
        return claims.snapshot();
      },
      heldFetches: claims.heldFetches,
      ends: core.ends,
      failures: core.failures,
      drops: core.drops,
      clamped: core.clamped,
      reread: core.reread,
      unpublishable: { count: core.unpublishableCount, named: core.unpublishable },
      finishedIds: core.finished.size,
      liveBytes: core.liveBytes,
      diskBytes: core.reading.diskBytes,
      uncommitted: this.changed,
      isPaused: (topic) => this.isPaused(topic),
      oldestPending: (tally) => core.lanes.oldestOf(tally)?.facts,
      unclaimedSince: (tally, now) => claims.unclaimed(tally, now),
    };
  }

  /** The parts, for tests; read only. */
  get view(): { readonly core: Core; readonly claims: Claims; readonly partitions: Iterable<PartitionState> } {
    return { core: this.#core, claims: this.#claims, partitions: this.#partitions.values() };
  }

  #take(event: Event, now: number): void {
    switch (event.kind) {
      case "recovered":
        this.#recover(event, now);
        break;
      case "assigned":
        if (event.putBack?.what === "journal") this.#isCopy(event, event.putBack.settledBelow);
        if (event.share === undefined) this.#assigned(event);
        else this.#assignedShare(event, event.share);
        break;
      case "revoked":
        this.#revoked(event);
        break;
      case "positionsStored":
        for (const { position, ...place } of event.positions) {
          this.#core.free(this.#core.custody.proven(place, position));
        }
        break;
      case "positionRead":
        if (event.settledBelow !== undefined) this.#isCopy(event, event.settledBelow);
        this.#stands(event);
        break;
      case "arrived":
        this.#arrived(event);
        break;
      case "opened":
        this.#claims.open(event.session, event.worker, event.application, event.tasks, event.held);
        this.#parking.appeared();
        break;
      case "credit":
        this.#claims.credit(event.session, event.count);
        break;
      case "withdrawn":
        this.#claims.withdrawn(event.session);
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
        this.#claims.draining(event.session);
        break;
      case "lost":
        this.#claims.lost(event.session, event.since ?? now);
        break;
      case "closed":
        this.#claims.closed(event.session);
        break;
      case "fetch":
        this.#claims.fetch(event, now);
        this.#parking.appeared();
        break;
      case "unfetch":
        this.#claims.unfetch(event.fetch);
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
      case "policy":
        this.#policing.change(event.policy);
        break;
      case "published":
        for (const row of event.rows) {
          if (!row.settled) this.#core.settle(row, endOf(row));
        }
        break;
      case "unpublishable":
        if (!event.row.settled) this.#core.keepUnpublished(event.row, event.error);
        break;
      case "loaded":
        this.#loaded(event.rows, event.complete, event.nextDue);
        break;
      case "unparked":
        this.#parking.unparked(event.rows, (stored) => this.#back(stored));
        break;
      case "disk":
        this.#core.reading.disk(event.bytes);
        break;
      case "committed":
        this.#claims.committed(event.number);
        break;
      case "tick":
        this.#claims.tick(now);
        break;
      case "stopping":
        this.#core.changes.age(Number.POSITIVE_INFINITY);
        break;
    }
  }

  /** Delays that passed, expiries, what nobody takes, and rows to be read back. */
  #upkeep(now: number): void {
    const core = this.#core;
    const { wall } = core;
    let left = SLICE;
    for (
      let row = core.delays.takeDue(wall);
      row !== undefined;
      row = left > 0 ? core.delays.takeDue(wall) : undefined
    ) {
      left -= 1;
      if (row.state !== "delayed" || row.settled) continue;
      core.move(row, "pending");
    }
    for (
      let row = core.expiries.popDue(wall);
      row !== undefined;
      row = left > 0 ? core.expiries.popDue(wall) : undefined
    ) {
      left -= 1;
      if (row.state === "pending" && !row.settled) core.expire(row);
    }
    core.finished.tick(wall);
    core.changes.age(now);
    for (const row of core.custody.takePassed()) if (row.state === "pending" && !row.settled) this.#failUnproven(row);
    this.#policing.upkeep();
    const parking = this.#parking.upkeep(now);
    this.#more = parking || this.#policing.sweeping;
    if (this.#claims.expecting && this.#allRead(wall)) this.#claims.allRead();
    const load = core.delays.load(wall, core.room, core.delaysFit);
    if (load !== undefined) core.emit(load);
  }

  #recover(event: Recovered, now: number): void {
    this.#core.numbersFrom(event.nextSeq);
    this.#copied.recovered(event.copied, event.nextSeq);
    for (const state of event.partitions) {
      this.#partitions.set(keyOf(state), { ...state, endAtStart: Number.POSITIVE_INFINITY });
      this.#core.changes.partition(state, true);
    }
    for (const { state, topic, count, oldest, ...names } of event.counted) {
      const tally = this.#core.tallies.of(names);
      tally[state] += count;
      this.#core.reading.count(topic, state, count);
      if (state !== "parked") continue;
      tally.oldestParked = Math.min(tally.oldestParked, oldest);
      this.#parking.recovered(count);
    }
    this.#core.delays.recovered(event.nextDue);
    this.#core.finished.recovered(event.finished);
    if (event.away !== undefined) this.#core.recoverAway(event.away);
    this.#rereadings.recovered(event.rebuilt);
    this.#core.custody.recovered(event.ownership ?? []);
    this.#claims.recovered(event.boot, event.workers, now);
    for (const stored of event.rows) {
      const row = this.#enterStored(stored, false);
      if (row?.state === "processing") this.#claims.restore(row, now);
    }
  }

  #assigned(event: Extract<Event, { kind: "assigned" }>): void {
    const { topic, partition, logId, first, end } = event;
    const key = keyOf(event);
    const known = this.#partitions.get(key);
    this.#core.topic(topic);
    if (known?.logId !== logId) this.#rereadings.forget(key);
    this.#rereadings.assigned(key, event.takenOver ? (event.committed ?? 0) : 0, end);
    const seen = Math.max(known?.position ?? 0, known?.done.at(-1) ?? 0);
    const lost = known?.logId === logId && end < seen;
    if (lost) {
      this.#core.emit({
        kind: "log",
        level: "error",
        message:
          "the log ends before what was read of it: records are lost, or an older copy was put in its place; what it has is read again",
        fields: { topic, partition, end, read: seen },
      });
      this.#rereadings.lost(key, end);
    }
    if (known !== undefined && known.logId === logId && !lost) {
      known.endAtStart = Math.min(known.endAtStart, end);
      // What lay before it is trimmed.
      known.position = Math.max(known.position, first);
      if (this.#rereadings.rereads(key, known.position)) this.#core.changes.reread(event);
      return;
    }
    if (known !== undefined && !lost) {
      this.#core.emit({
        kind: "log",
        level: "warn",
        message: "the log was replaced: reading it from its start",
        fields: { topic, partition, before: known.logId, now: logId, position: known.position },
      });
    }
    this.#partitions.set(key, { topic, partition, logId, position: 0, done: [], endAtStart: end });
    this.#core.changes.partition({ topic, partition, logId, position: 0, done: [] }, false);
  }

  /** A partition of a log that other journals share: reading begins where the log says, whoever read before. */
  #assignedShare(
    event: Extract<Event, { kind: "assigned" }>,
    { from, since, own }: Pick<CommittedPosition, "own" | "since"> & { readonly from: number },
  ): void {
    const { topic, partition, logId, committed, end } = event;
    const core = this.#core;
    const key = keyOf(event);
    const known = this.#partitions.get(key);
    core.topic(topic);
    if (known?.logId !== logId) this.#rereadings.forget(key);
    this.#rereadings.assigned(key, event.takenOver ? (committed ?? 0) : 0, end);
    if (known !== undefined && known.logId === logId && end < core.changes.positionOf(event)) {
      core.emit({
        kind: "log",
        level: "error",
        message:
          "the log ends before what was read of it: records are lost, or the topic was made anew; what it has is read",
        fields: { topic, partition, end, read: core.changes.positionOf(event) },
      });
      this.#rereadings.lost(key, end);
      core.custody.forget(event);
    }
    const moved = event.putBack?.what === "position" && known?.logId === logId ? this.#moved(event, from) : "no";
    if (known === undefined || known.logId !== logId || moved === "back" || end < core.changes.positionOf(event)) {
      this.#partitions.set(key, { topic, partition, logId, position: from, done: [], endAtStart: end });
      core.changes.partition({ topic, partition, logId, position: from, done: [] }, false);
    } else {
      known.endAtStart = Math.min(known.endAtStart, end);
      known.position = from;
      core.changes.reposition(event, from);
      if (this.#rereadings.rereads(key, from)) core.changes.reread(event);
    }
    this.#leaveToReader({ topic, partition, committed, since, own });
    const { foreign, freed } = core.custody.assigned({ topic, partition, committed, own }, logId, from);
    for (const row of foreign) this.#failUnproven(row);
    core.free(freed);
  }

  /**
   * The log has stored what this journal never knew: its file was put back. What was settled since goes; of at-most-once
   * work nobody knows whether it was started.
   */
  #isCopy(place: { readonly topic: string; readonly partition: number }, settledBelow: number): void {
    const { topic, partition } = place;
    this.#core.emit({
      kind: "log",
      level: "error",
      message:
        "the in-flight file is an older copy of the one that stored the log's position: what was not settled is read again and may run twice; at-most-once work ends as a failure (taken_over)",
      fields: { topic, partition, settledBelow },
    });
    this.#copied.found(place, settledBelow);
    for (const row of [...this.#core.rows]) this.#judgeCopied(row);
  }

  /** A row of an older copy that is settled, or may have been started, in the life after the copy; false for any other. */
  #judgeCopied(row: Row): boolean {
    if (row.settled || !(row.state === "pending" || row.state === "delayed")) return false;
    const verdict = this.#copied.verdict(row);
    if (verdict === "settled") this.#core.surrender(row);
    else if (verdict === "uncertain") this.#core.fail(row, "taken_over", COPIED);
    return verdict !== undefined;
  }

  /** Somebody else moved the position that the log has stored. "back": what was dealt with is taken in anew. */
  #moved(place: { readonly topic: string; readonly partition: number }, to: number): "back" | "forward" | "no" {
    const { topic, partition } = place;
    const from = this.#core.changes.positionOf(place);
    if (from === to) return "no";
    const what = to < from ? "back" : "forward";
    const meaning =
      what === "back"
        ? "records from there on are taken in again; at-most-once work among them ends as a failure (taken_over)"
        : "records in between are skipped";
    this.#core.emit({
      kind: "log",
      level: "warn",
      message: `the group's offset was moved ${what} from outside: ${meaning}`,
      fields: { topic, partition, from, to },
    });
    return what;
  }

  #revoked(place: { readonly topic: string; readonly partition: number }): void {
    const known = this.#partitions.get(keyOf(place));
    if (known === undefined) return;
    const { changes, custody } = this.#core;
    changes.surrender(place, (row) => this.#core.surrender(row));
    known.position = changes.positionOf(place);
    custody.revoked(place);
  }

  /** Of what another journal has read itself it has a row too: our copies go. */
  #leaveToReader({ topic, partition, committed = 0, since, own }: CommittedPosition): void {
    if (own || since === undefined) return;
    for (const row of [...this.#core.rows]) {
      const { facts, state } = row;
      if (facts.topic !== topic || facts.partition !== partition || state !== "pending") continue;
      if (facts.offset < since || facts.offset >= committed || this.#core.custody.isProven(facts)) continue;
      this.#core.surrender(row);
    }
  }

  /**
   * Rows of a partition that another journal owns. What the log has not passed, its owner reads: our copies go. What it
   * has passed without us, and who did it has not read itself, may have been started there, or by nobody.
   */
  #stands(standing: CommittedPosition): void {
    const core = this.#core;
    const stands = core.custody.stands(standing);
    if (stands === undefined) return;
    const { topic, partition, committed = 0 } = standing;
    core.free(stands.freed);
    this.#leaveToReader(standing);
    for (const row of [...core.rows]) {
      const { facts } = row;
      if (facts.topic !== topic || facts.partition !== partition || row.state !== "pending") continue;
      if (core.custody.isProven(facts)) continue;
      if (committed <= facts.offset) {
        core.changes.undone(facts);
        core.surrender(row);
      } else if (facts.atMostOnce) this.#failUnproven(row);
    }
  }

  #failUnproven(row: Row): void {
    const why = "its partition went to another broker before its position was stored: it may have been started there";
    this.#core.fail(row, "unproven", why);
  }

  #arrived({ topic, partition, arrivals, next }: Extract<Event, { kind: "arrived" }>): void {
    const key = `${topic}\0${partition}`;
    const state = this.#partitions.get(key);
    if (state === undefined) throw new Error(`${topic}/${partition}: records arrived before it was assigned`);
    for (const arrival of arrivals) {
      if (arrival.offset < state.position) {
        this.#core.drops.redelivered += 1;
        continue;
      }
      state.position = arrival.offset + 1;
      const place: Place = { topic, partition, offset: arrival.offset };
      this.#core.changes.reached(place);
      const rereading = this.#rereadings.of(key, arrival.offset);
      if (rereading === "kept" || this.#core.changes.isDone(place)) {
        this.#core.drops.redelivered += 1;
        this.#core.changes.done(place);
      } else if ("poison" in arrival) {
        const row = this.#enter(
          poisonFacts(this.#core.nextNumber(), place, arrival.payload, this.#core.wall),
          "pending",
        );
        this.#core.fail(row, arrival.poison, arrival.error);
      } else {
        if (arrival.clamped !== undefined) this.#clamped(arrival.head.id, place, arrival.clamped);
        this.#accept(arrival.payload, arrival.head, place, rereading);
      }
    }
    if (next !== undefined && next > state.position) {
      state.position = next;
      this.#core.changes.passed({ topic, partition }, next);
    }
    const offset = this.#core.custody.highestHeld({ topic, partition }, state.position);
    if (offset === undefined) return;
    this.#core.changes.secure({ topic, partition, offset });
    this.#core.emit({ kind: "commitNow" });
  }

  #clamped(id: string, place: Place, fields: readonly string[]): void {
    this.#core.clamped += 1;
    this.#core.emit({
      kind: "log",
      level: "warn",
      message: "numbers beyond their bounds were clamped",
      fields: { id, ...place, clamped: fields },
    });
  }

  #accept(payload: Uint8Array, head: ActivationHead, place: Place, rereading: Exclude<Rereading, "kept">): void {
    const core = this.#core;
    const facts = factsOf(core.nextNumber(), place, payload, head, core.limits, core.wall);
    const live = core.byId(facts.id);
    // A forwarded activation that comes in again proves that its forwarding was appended.
    if (live?.state === "retry" && live.ending?.demoted === true) core.settle(live, "forwarded");
    else if (live !== undefined || (facts.remembered && core.isAway(facts.id))) {
      // A second copy of an id that the caller chose is nothing unusual, unless it is another task's.
      const usual = head.headers.has(CHOSEN_ID_HEADER) && (live === undefined || live.facts.task === facts.task);
      const other = live !== undefined && live.facts.task !== facts.task ? { inFlight: live.facts.task } : {};
      this.#drop(place, facts, "duplicate", "dropped: its id is in flight", usual ? "info" : "warn", other);
      return;
    }
    if (facts.remembered && core.finished.has(facts.id)) {
      const level = head.headers.has(CHOSEN_ID_HEADER) ? "info" : "warn";
      this.#drop(place, facts, "finished", "dropped: its id has ended before", level);
      return;
    }
    // Whether it was started before is not known here.
    const foreign = facts.atMostOnce && rereading !== "first" ? rereading : undefined;
    if (rereading === "store_corrupt" && foreign === undefined) core.reread += 1;
    const adopted = this.#claims.expects(facts.id);
    const parks = !adopted && this.#parking.parks(core.tallies.of(facts));
    const row = this.#enter(
      facts,
      foreign !== undefined ? "pending" : facts.due > core.wall ? "delayed" : parks ? "parked" : "pending",
    );
    if (row.state === "parked") this.#parking.entered(row);
    if (row.state === "pending" && this.#claims.adopted(row)) return;
    if (foreign !== undefined) core.fail(row, foreign, foreignText(foreign));
    else if (row.state !== "parked") this.#policing.apply(row);
  }

  #drop(
    place: Place,
    facts: Facts,
    how: "duplicate" | "finished",
    message: string,
    level: "info" | "warn",
    more: object = {},
  ): void {
    this.#core.drops[how] += 1;
    this.#core.changes.done(place);
    this.#core.emit({ kind: "log", level, message, fields: { ...namesOf(facts), ...more } });
  }

  #enter(facts: Facts, state: State): Row {
    const core = this.#core;
    const row = new Row(facts, core.tallies.of(facts), state);
    if (state === "delayed") row.transient = !core.delays.admit(row, core.wall, core.delaysFit);
    core.enter(row);
    core.changes.arrived(row);
    // A pending one needs no row until something happens to it: the log has it.
    if (state !== "pending") core.changes.row(row, core.now);
    return row;
  }

  #loaded(rows: readonly StoredRow[], complete: boolean, nextDue: number): void {
    for (const stored of this.#core.delays.loaded(rows, complete, nextDue)) {
      if (this.#core.isDuplicate(stored)) {
        this.#core.dropStored(stored);
        continue;
      }
      const row = this.#enterStored(stored, true);
      if (row === undefined || this.#judgeCopied(row) || this.#policing.apply(row) || row.facts.due > this.#core.wall)
        continue;
      this.#core.move(row, "pending");
      this.#claims.adopted(row);
    }
  }

  /** A parked row is pending again. */
  #back(stored: StoredRow): void {
    if (this.#core.isDuplicate(stored)) {
      this.#core.dropStored(stored);
      return;
    }
    const row = this.#enterStored(stored, true);
    if (row === undefined) return;
    this.#core.move(row, "pending");
    if (!this.#judgeCopied(row) && !this.#claims.adopted(row)) this.#policing.apply(row);
  }

  /** Everything that may have been in hand before the start has come in again. */
  #allRead(wall: number): boolean {
    const { delays, delaysFit, room } = this.#core;
    for (const { position, endAtStart } of this.#partitions.values()) if (position < endAtStart) return false;
    return this.#partitions.size > 0 && delays.nextWake(room, delaysFit) > wall && !this.#parking.loading;
  }

  /** A row of the journal becomes live; undefined when it is already. */
  #enterStored(stored: StoredRow, counted: boolean): Row | undefined {
    if (this.#core.byId(stored.id)?.facts.seq === stored.seq) return undefined;
    const row = fromStored(stored, this.#core.tallies.of(stored));
    this.#core.enter(row, counted);
    if (row.state === "delayed") this.#core.delays.add(row);
    if (row.state === "retry" || row.state === "failure") this.#core.publish(row);
    return row;
  }
}

function endOf(row: Row): End {
  if (row.state === "failure") return "deadlettered";
  return row.ending?.demoted === true ? "forwarded" : "retried";
}

function foreignText(rereading: "taken_over" | "store_corrupt"): string {
  return rereading === "taken_over" ? COPIED : "its row in the in-flight file was damaged";
}
