import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { Offsets } from "../commit/offsets.js";
import type { Row } from "../live-row.js";
import type { CommittedPosition, StoredOwnership } from "../persisted.js";
import type { RecordOffset } from "../row.js";

/** A partition of a log that several journals share. */
interface SharedPartition extends TopicPartition {
  readonly logId: string;
  /** Where reading began when it was last assigned. */
  since: number;
  /** Offsets below positions that this journal stored. */
  readonly covered: Offsets;
  owned: boolean;
  /**
   * The log's position was read since the start, so this journal is known not to be an older copy. Until then `covered`
   * allows nothing.
   */
  verified: boolean;
  /** Not owned, and what becomes of uncovered rows is not decided: the log's position has to be read. */
  undecided: boolean;
  /** At-most-once rows that are pending and not covered. */
  readonly waiting: Set<Row>;
}

/**
 * Which partitions of shared logs this journal owns, and the at-most-once rows that wait until it has stored a position
 * beyond them. A row below such a position is covered: no other journal reads its record again.
 */
export class PartitionOwnership {
  readonly #partitions = new Map<string, SharedPartition>();
  /** Pending rows that another journal has passed: it stored a position beyond them. */
  #foreign: Row[] = [];
  #changed = false;

  recovered(stored: readonly StoredOwnership[]): void {
    for (const { topic, partition, logId, since, proven } of stored) {
      const [position = 0, ...ranges] = proven;
      const shared: SharedPartition = {
        topic,
        partition,
        logId,
        since,
        covered: new Offsets(position, ranges),
        owned: false,
        verified: false,
        undecided: true,
        waiting: new Set(),
      };
      this.#partitions.set(keyOf(shared), shared);
    }
  }

  /** The log lost its end: its offsets mean other records. */
  forget(partition: TopicPartition): void {
    this.#partitions.delete(keyOf(partition));
  }

  /** Whether a row that became pending has to wait until it is covered; then it is kept until `unhold`. */
  hold(row: Row): boolean {
    if (!row.facts.atMostOnce) return false;
    const shared = this.#partitions.get(keyOf(row.facts));
    if (shared === undefined || (shared.verified && shared.covered.has(row.facts.offset))) return false;
    if (shared.owned && row.facts.offset < shared.since) {
      this.#foreign.push(row);
      return true;
    }
    shared.waiting.add(row);
    if (!shared.owned) shared.undecided = true;
    return true;
  }

  /** Whether the record is of a partition that this journal reads now, and another one may read later. */
  mayMove(record: RecordOffset): boolean {
    return this.#partitions.get(keyOf(record))?.owned === true;
  }

  /** Whether the pending row waits until it is covered. */
  isHeld(row: Row): boolean {
    return row.facts.atMostOnce && this.#partitions.get(keyOf(row.facts))?.waiting.has(row) === true;
  }

  /** The row is not pending any more. */
  unhold(row: Row): void {
    if (row.facts.atMostOnce) this.#partitions.get(keyOf(row.facts))?.waiting.delete(row);
  }

  /** Reading begins at `from`. Returns the rows that another journal has passed, and those covered now. */
  assigned(
    { topic, partition, committed, own }: CommittedPosition,
    logId: string,
    from: number,
  ): { readonly foreign: Row[]; readonly covered: Row[] } {
    const key = keyOf({ topic, partition });
    const before = this.#partitions.get(key);
    const known = before?.logId === logId ? before : undefined;
    const shared = known ?? newlyOwned({ topic, partition }, logId, from);
    if (known === undefined) this.#partitions.set(key, shared);
    if (own && committed !== undefined) shared.covered.add(known === undefined ? 0 : shared.since, committed);
    shared.since = from;
    shared.owned = true;
    shared.verified = true;
    shared.undecided = false;
    this.#changed = true;
    // Nothing is known of the positions of a log that was replaced.
    if (before !== undefined && known === undefined) return { foreign: [...before.waiting], covered: [] };
    const covered = takeCovered(shared);
    return { foreign: [...shared.waiting].filter(({ facts }) => facts.offset < (committed ?? 0)), covered };
  }

  /** Pending rows that another journal has passed, each once. */
  takeForeign(): Row[] {
    const foreign = this.#foreign;
    if (foreign.length > 0) this.#foreign = [];
    return foreign;
  }

  /** The log has stored the position while the partition was owned. Returns the rows that are covered now. */
  positionStored(partition: TopicPartition, position: number): Row[] {
    const shared = this.#partitions.get(keyOf(partition));
    if (shared === undefined) return [];
    if (shared.covered.add(shared.since, position)) this.#changed = true;
    return takeCovered(shared);
  }

  /** The partition is given away. */
  revoked(partition: TopicPartition): void {
    const shared = this.#partitions.get(keyOf(partition));
    if (shared === undefined) return;
    shared.owned = false;
    shared.undecided = true;
  }

  /** The position of a partition that is not owned. Returns the rows covered now; undefined: it is owned, or not shared. */
  positionRead({ topic, partition, committed, own }: CommittedPosition): Row[] | undefined {
    const shared = this.#partitions.get(keyOf({ topic, partition }));
    if (shared === undefined || shared.owned) return undefined;
    if (own && committed !== undefined && shared.covered.add(shared.since, committed)) this.#changed = true;
    shared.verified = true;
    shared.undecided = false;
    return takeCovered(shared);
  }

  /** Whether this journal stored a position beyond the record; true when the log is not shared. */
  isCovered(record: RecordOffset): boolean {
    return this.#partitions.get(keyOf(record))?.covered.has(record.offset) !== false;
  }

  /** The highest offset below `end` that waits to be covered; undefined when none does. */
  highestWaiting(partition: TopicPartition, end: number): number | undefined {
    let highest: number | undefined;
    for (const { facts } of this.#partitions.get(keyOf(partition))?.waiting ?? []) {
      if (facts.offset < end && facts.offset > (highest ?? -1)) highest = facts.offset;
    }
    return highest;
  }

  /** Whether rows of owned partitions wait for a position to be stored. */
  get hasWaiting(): boolean {
    for (const { owned, waiting } of this.#partitions.values()) if (owned && waiting.size > 0) return true;
    return false;
  }

  /** Partitions with rows that wait. */
  get unproven(): (TopicPartition & { readonly activations: number; readonly owned: boolean })[] {
    return [...this.#partitions.values()]
      .filter(({ waiting }) => waiting.size > 0)
      .map(({ topic, partition, waiting, owned }) => ({ topic, partition, activations: waiting.size, owned }));
  }

  /** Partitions whose position in the log has to be read. */
  get undecided(): TopicPartition[] {
    return [...this.#partitions.values()]
      .filter(({ undecided }) => undecided)
      .map(({ topic, partition }) => ({ topic, partition }));
  }

  /** All of it, when it changed since the last time. */
  takeChanged(): readonly StoredOwnership[] | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return [...this.#partitions.values()].map(({ topic, partition, logId, since, covered }) => ({
      topic,
      partition,
      logId,
      since,
      proven: [covered.position, ...covered.ranges()],
    }));
  }

  get changed(): boolean {
    return this.#changed;
  }
}

function newlyOwned({ topic, partition }: TopicPartition, logId: string, since: number): SharedPartition {
  const nothing = { covered: new Offsets(0), waiting: new Set<Row>() };
  return { topic, partition, logId, since, owned: true, verified: true, undecided: false, ...nothing };
}

function takeCovered({ waiting, covered }: SharedPartition): Row[] {
  const rows = [...waiting].filter(({ facts }) => covered.has(facts.offset));
  for (const row of rows) waiting.delete(row);
  return rows;
}
