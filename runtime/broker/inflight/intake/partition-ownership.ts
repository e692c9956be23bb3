import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import { Offsets } from "../commit/offsets.js";
import type { CommittedPosition } from "../events.js";
import type { StoredOwnership } from "../persisted.js";
import type { Row } from "../row.js";

interface Share {
  readonly topic: string;
  readonly partition: number;
  readonly logId: string;
  since: number;
  readonly proven: Offsets;
  owned: boolean;
  /** The log was heard since the start: this journal is not known to be an older copy. Until then its proofs prove nothing. */
  checked: boolean;
  /** Not owned, and what becomes of unproven rows is open: the log has to be asked. */
  open: boolean;
  /** At-most-once rows that are pending and unproven. */
  readonly held: Set<Row>;
}

/** The partitions of shared logs, and the at-most-once rows that wait for their proof. */
export class Custody {
  readonly #shares = new Map<string, Share>();
  /** Pending rows that another journal has passed. */
  #passed: Row[] = [];
  #changed = false;

  recovered(ownership: readonly StoredOwnership[]): void {
    for (const { topic, partition, logId, since, proven } of ownership) {
      const [position = 0, ...ranges] = proven;
      const known = new Offsets(position, ranges);
      const share = {
        topic,
        partition,
        logId,
        since,
        proven: known,
        owned: false,
        checked: false,
        open: true,
        held: new Set<Row>(),
      };
      this.#shares.set(keyOf(share), share);
    }
  }

  /** The log lost its end: its offsets mean other records. */
  forget(place: TopicPartition): void {
    this.#shares.delete(keyOf(place));
  }

  /** Whether a pending row has to wait for its proof; then it is kept here until it leaves the state. */
  holds(row: Row): boolean {
    if (!row.facts.atMostOnce) return false;
    const share = this.#shares.get(keyOf(row.facts));
    if (share === undefined || (share.checked && share.proven.has(row.facts.offset))) return false;
    if (share.owned && row.facts.offset < share.since) {
      this.#passed.push(row);
      return true;
    }
    share.held.add(row);
    if (!share.owned) share.open = true;
    return true;
  }

  release(row: Row): void {
    if (row.facts.atMostOnce) this.#shares.get(keyOf(row.facts))?.held.delete(row);
  }

  /** Reading begins at `from`. Returns rows whose copies another journal has passed, and those that are proven now. */
  assigned(
    { topic, partition, committed, own }: CommittedPosition,
    logId: string,
    from: number,
  ): { readonly foreign: Row[]; readonly freed: Row[] } {
    const key = keyOf({ topic, partition });
    const before = this.#shares.get(key);
    let share = before;
    if (share === undefined || share.logId !== logId) {
      const none = { since: from, proven: new Offsets(0), held: new Set<Row>() };
      share = { topic, partition, logId, owned: true, checked: true, open: false, ...none };
      if (own) share.proven.add(0, committed ?? 0);
      this.#shares.set(key, share);
    } else if (own && committed !== undefined) share.proven.add(share.since, committed);
    share.since = from;
    share.owned = true;
    share.checked = true;
    share.open = false;
    this.#changed = true;
    // Of a log that is replaced there is no proof any more.
    if (before !== undefined && before !== share) return { foreign: [...before.held], freed: [] };
    const freed = this.#freed(share);
    return { foreign: [...share.held].filter(({ facts }) => facts.offset < (committed ?? 0)), freed };
  }

  /** Pending rows that another journal has passed, each once. */
  takePassed(): Row[] {
    const passed = this.#passed;
    if (passed.length > 0) this.#passed = [];
    return passed;
  }

  /** The log has stored the position while the partition was owned. Returns the rows that are proven by that. */
  proven(place: TopicPartition, position: number): Row[] {
    const share = this.#shares.get(keyOf(place));
    if (share === undefined) return [];
    if (share.proven.add(share.since, position)) this.#changed = true;
    return this.#freed(share);
  }

  /** The partition is given away. */
  revoked(place: TopicPartition): void {
    const share = this.#shares.get(keyOf(place));
    if (share === undefined) return;
    share.owned = false;
    share.open = true;
  }

  /** How the position stands while the partition is not owned; false when it is, or is not shared. */
  stands({ topic, partition, committed, own }: CommittedPosition): { readonly freed: Row[] } | undefined {
    const share = this.#shares.get(keyOf({ topic, partition }));
    if (share === undefined || share.owned) return undefined;
    if (own && committed !== undefined && share.proven.add(share.since, committed)) this.#changed = true;
    share.checked = true;
    share.open = false;
    return { freed: this.#freed(share) };
  }

  isProven({ topic, partition, offset }: TopicPartition & { readonly offset: number }): boolean {
    return this.#shares.get(keyOf({ topic, partition }))?.proven.has(offset) !== false;
  }

  /** The highest offset below `end` that waits for its proof; undefined when none does. */
  highestHeld(place: TopicPartition, end: number): number | undefined {
    let highest: number | undefined;
    for (const { facts } of this.#shares.get(keyOf(place))?.held ?? []) {
      if (facts.offset < end && facts.offset > (highest ?? -1)) highest = facts.offset;
    }
    return highest;
  }

  /** Rows wait for a position to be stored. */
  get waits(): boolean {
    for (const { owned, held } of this.#shares.values()) if (owned && held.size > 0) return true;
    return false;
  }

  /** Partitions of which the log has to be asked. */
  get open(): TopicPartition[] {
    return [...this.#shares.values()].filter(({ open }) => open).map(({ topic, partition }) => ({ topic, partition }));
  }

  /** All of it, when it changed since the last time. */
  takeChanged(): readonly StoredOwnership[] | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return [...this.#shares.values()].map(({ topic, partition, logId, since, proven }) => ({
      topic,
      partition,
      logId,
      since,
      proven: [proven.position, ...proven.ranges()],
    }));
  }

  get changed(): boolean {
    return this.#changed;
  }

  #freed(share: Share): Row[] {
    const freed = [...share.held].filter(({ facts }) => share.proven.has(facts.offset));
    for (const row of freed) share.held.delete(row);
    return freed;
  }
}
