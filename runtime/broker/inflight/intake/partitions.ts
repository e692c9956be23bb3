import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import type { Assigned } from "../events.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { CommittedPosition, PartitionState } from "../persisted.js";
import type { Lifecycle } from "../states/lifecycle.js";
import type { OlderCopy } from "./older-copy.js";
import type { Replays } from "./replay.js";

interface Partition extends PartitionState {
  /** The next offset to be read. */
  position: number;
  /** Where the log ended when it was assigned: records below it may have been handed out before the start. */
  endAtStart: number;
}

const UNCOVERED = "its partition went to another broker before its position was stored: it may have been started there";

/**
 * The partitions that this broker reads, and what becomes of their rows when they come and go. In a log of its own the
 * journal decides where reading begins; in one that several journals share, the position that the log has stored does.
 */
export class Partitions {
  readonly #parts: Pick<Parts, "step" | "rows" | "ownership" | "changes" | "backpressure">;
  readonly #lifecycle: Lifecycle;
  readonly #replays: Replays;
  readonly #olderCopy: OlderCopy;
  readonly #byKey = new Map<string, Partition>();

  constructor(parts: Parts, lifecycle: Lifecycle, replays: Replays, olderCopy: OlderCopy) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
    this.#replays = replays;
    this.#olderCopy = olderCopy;
  }

  recovered(states: readonly PartitionState[]): void {
    for (const state of states) {
      this.#byKey.set(keyOf(state), { ...state, endAtStart: Number.POSITIVE_INFINITY });
      this.#parts.changes.partition(state, true);
    }
  }

  [Symbol.iterator](): IterableIterator<Partition> {
    return this.#byKey.values();
  }

  get(partition: TopicPartition): Partition | undefined {
    return this.#byKey.get(keyOf(partition));
  }

  /** Whether all records that may have been handed out before the start are read again. */
  get caughtUp(): boolean {
    for (const { position, endAtStart } of this.#byKey.values()) if (position < endAtStart) return false;
    return this.#byKey.size > 0;
  }

  assigned(event: Assigned): void {
    const { topic, logId, takenOver, committed, end, putBack, share } = event;
    if (putBack?.what === "journal") this.#olderCopy.found(event, putBack.settledBelow);
    const before = this.get(event);
    const known = before?.logId === logId ? before : undefined;
    this.#parts.backpressure.topic(topic);
    if (known === undefined) this.#replays.forget(event);
    this.#replays.assigned(event, takenOver ? (committed ?? 0) : 0, end);
    if (share === undefined) this.#beginOwn(event, before, known);
    else this.#beginShared(event, known, share);
  }

  /** Reading of a log that only this journal reads begins where the journal has left off. */
  #beginOwn(event: Assigned, before: Partition | undefined, known: Partition | undefined): void {
    const { topic, partition, logId, first, end } = event;
    if (known === undefined) {
      if (before !== undefined) {
        const { logId: replaced, position } = before;
        const fields = { topic, partition, before: replaced, now: logId, position };
        this.#parts.step.log("warn", "the log was replaced: reading it from its start", fields);
      }
      this.#startAnew(event, 0);
      return;
    }
    const read = Math.max(known.position, known.done.at(-1) ?? 0);
    if (end < read) {
      this.#lostEnd(event, read);
      this.#startAnew(event, 0);
      return;
    }
    // Records before the first one are trimmed.
    this.#resume(known, event, Math.max(known.position, first));
  }

  /** Reading of a log that several journals share begins at the position that the log has stored. */
  #beginShared(
    event: Assigned,
    known: Partition | undefined,
    { from, since, own }: NonNullable<Assigned["share"]>,
  ): void {
    const { ownership, changes } = this.#parts;
    const { topic, partition, logId, committed, end, putBack } = event;
    const read = known === undefined ? 0 : changes.positionOf(event);
    const lostEnd = known !== undefined && end < read;
    if (lostEnd) {
      this.#lostEnd(event, read);
      ownership.forget(event);
    }
    const movedBack = known !== undefined && putBack?.what === "position" && this.#movedBack(event, from);
    if (known === undefined || movedBack || lostEnd) this.#startAnew(event, from);
    else {
      changes.startAt(event, from);
      this.#resume(known, event, from);
    }
    this.#leaveToReader({ topic, partition, committed, since, own });
    const { foreign, covered } = ownership.assigned({ topic, partition, committed, own }, logId, from);
    for (const row of foreign) this.#failUncovered(row);
    this.#lifecycle.queueCovered(covered);
  }

  #startAnew({ topic, partition, logId, end }: Assigned, position: number): void {
    const state = { topic, partition, logId, position, done: [] };
    this.#byKey.set(keyOf(state), { ...state, endAtStart: end });
    this.#parts.changes.partition(state, false);
  }

  #resume(known: Partition, event: Assigned, position: number): void {
    known.endAtStart = Math.min(known.endAtStart, event.end);
    known.position = position;
    if (this.#replays.replaysFrom(event, position)) this.#parts.changes.replay(event);
  }

  #lostEnd(event: Assigned, read: number): void {
    const { topic, partition, end } = event;
    this.#parts.step.log(
      "error",
      "the log ends before what was read of it: records are lost, or an older copy or a new topic took its place; what it has is read",
      { topic, partition, end, read },
    );
    this.#replays.lost(event, end);
  }

  /** Somebody else moved the position that the log has stored. True: back, so that records are taken in again. */
  #movedBack(event: Assigned, to: number): boolean {
    const { topic, partition } = event;
    const from = this.#parts.changes.positionOf(event);
    if (from === to) return false;
    const message =
      to < from
        ? "the group's offset was moved back from outside: records from there on are read again; at-most-once work among them fails (taken_over)"
        : "the group's offset was moved forward from outside: records in between are skipped";
    this.#parts.step.log("warn", message, { topic, partition, from, to });
    return to < from;
  }

  revoked(partition: TopicPartition): void {
    const known = this.get(partition);
    if (known === undefined) return;
    const { changes, ownership } = this.#parts;
    changes.release(partition, (row) => this.#lifecycle.release(row));
    known.position = changes.positionOf(partition);
    ownership.revoked(partition);
  }

  positionsStored(positions: readonly (TopicPartition & { readonly position: number })[]): void {
    for (const { position, ...partition } of positions)
      this.#lifecycle.queueCovered(this.#parts.ownership.positionStored(partition, position));
  }

  /**
   * The position of a partition that another journal owns. Records from there on are read by its owner: our copies go.
   * Earlier at-most-once records may have been started there, unless this journal stored a position beyond them or the
   * owner has read them itself.
   */
  positionRead(position: CommittedPosition): void {
    const { topic, partition, committed = 0, settledBelow } = position;
    if (settledBelow !== undefined) this.#olderCopy.found(position, settledBelow);
    const { changes, ownership } = this.#parts;
    const covered = ownership.positionRead(position);
    if (covered === undefined) return;
    this.#lifecycle.queueCovered(covered);
    this.#leaveToReader(position);
    for (const row of this.#pendingOf({ topic, partition })) {
      if (ownership.isCovered(row.facts)) continue;
      if (committed <= row.facts.offset) {
        changes.undone(row.facts);
        this.#lifecycle.release(row);
      } else if (row.facts.atMostOnce) this.#failUncovered(row);
    }
  }

  /** Fails at-most-once rows that became pending although another journal has stored a position beyond them. */
  upkeep(): void {
    for (const row of this.#parts.ownership.takeForeign())
      if (row.state === "pending" && !row.settled) this.#failUncovered(row);
  }

  /** Another journal has a row of each record that it has read itself: our copies go. */
  #leaveToReader({ topic, partition, committed = 0, since, own }: CommittedPosition): void {
    if (own || since === undefined) return;
    for (const row of this.#pendingOf({ topic, partition })) {
      const { offset } = row.facts;
      if (offset < since || offset >= committed || this.#parts.ownership.isCovered(row.facts)) continue;
      this.#lifecycle.release(row);
    }
  }

  #pendingOf({ topic, partition }: TopicPartition): Row[] {
    return [...this.#parts.rows].filter(
      ({ facts, state }) => facts.topic === topic && facts.partition === partition && state === "pending",
    );
  }

  #failUncovered(row: Row): void {
    this.#lifecycle.fail(row, "unproven", UNCOVERED);
  }
}
