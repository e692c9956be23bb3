import type { Commit, LogRecord, ReadRecord } from "../port.js";

/** A record that knows when it was appended. */
type KeptRecord = ReadRecord & { readonly timestamp: number };

/** A reader as a partition sees it. */
export interface Holder {
  readonly group: string;
  /** There may be new records. */
  wake(partition: MemoryPartition): void;
  /** The partition went to another reader or was revoked. */
  lose(partition: MemoryPartition): void;
}

interface GroupState {
  epoch: number;
  holder: Holder | undefined;
  committed: number | undefined;
  /** The lowest offset that was not settled at the last commit. */
  unsettled: number;
  /** Position from which a reader went back, until that is passed again. */
  takenUntil: number | undefined;
}

/** What a new owner gets: fields of its `assigned` event, and the offset to read from. */
interface Ownership {
  readonly epoch: number;
  readonly committed: number | undefined;
  readonly takenOver: boolean;
  readonly from: number;
}

/** The records of one partition, and for each consumer group its position and owner. */
export class MemoryPartition {
  readonly topic: string;
  readonly partition: number;
  /** Those from `first` on, without gaps. */
  readonly #records: KeptRecord[] = [];
  #first = 0;
  readonly #groups = new Map<string, GroupState>();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Lowest offset that is kept. */
  get first(): number {
    return this.#first;
  }

  /** The offset that the next appended record gets. */
  get end(): number {
    return this.#first + this.#records.length;
  }

  append(records: readonly LogRecord[], timestamp: number): number[] {
    const offsets = records.map(({ key, value, headers, tombstone }) => {
      const offset = this.end;
      // A copy, as in the other logs: the caller may use its buffer again.
      const copy = { offset, key, value: Uint8Array.from(value), headers: headers && { ...headers }, timestamp };
      this.#records.push(tombstone === true ? { ...copy, tombstone } : copy);
      return offset;
    });
    for (const holder of this.holders()) holder.wake(this);
    return offsets;
  }

  /** Records from an offset on, or from `first`. */
  slice(from: number, count: number): ReadRecord[] {
    const at = Math.max(from - this.#first, 0);
    return this.#records.slice(at, at + count);
  }

  /** Deletes the records that were appended before a time, up to the first that a group has not settled. */
  trim(before: number): void {
    const unsettled = Math.min(this.end, ...[...this.#groups.values()].map((group) => group.unsettled));
    const kept = this.#records.findIndex(({ offset, timestamp }) => offset >= unsettled || timestamp >= before);
    const count = kept < 0 ? this.#records.length : kept;
    this.#records.splice(0, count);
    this.#first += count;
  }

  /** Empties the value of a record. */
  scrub(offset: number): void {
    const at = offset - this.#first;
    const record = this.#records[at];
    if (record !== undefined) this.#records[at] = { ...record, value: new Uint8Array(0) };
  }

  holders(): Holder[] {
    return [...this.#groups.values()].flatMap(({ holder }) => holder ?? []);
  }

  /** Makes `holder` the owner in its group instead of the former one. `reread`: from the lowest unsettled offset. */
  give(holder: Holder, reread: boolean): Ownership {
    const group = this.#group(holder.group);
    if (group.holder !== holder) group.holder?.lose(this);
    group.holder = holder;
    group.epoch += 1;
    if (reread && group.committed !== undefined) {
      group.takenUntil = Math.max(group.committed, group.takenUntil ?? 0);
      group.committed = group.unsettled;
    }
    const { epoch, committed, takenUntil } = group;
    return {
      epoch,
      committed: takenUntil ?? committed,
      takenOver: takenUntil !== undefined,
      from: Math.max(committed ?? 0, this.#first),
    };
  }

  release(holder: Holder): void {
    const group = this.#group(holder.group);
    if (group.holder === holder) group.holder = undefined;
  }

  isOwned(holder: Holder, epoch: number): boolean {
    const group = this.#group(holder.group);
    return group.holder === holder && group.epoch === epoch;
  }

  commit(group: string, { offset, unsettled }: Commit): void {
    const state = this.#group(group);
    state.committed = offset;
    state.unsettled = Math.min(unsettled, offset);
    if (state.takenUntil !== undefined && state.takenUntil <= offset) state.takenUntil = undefined;
  }

  #group(name: string): GroupState {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const fresh: GroupState = {
      epoch: 0,
      holder: undefined,
      committed: undefined,
      unsettled: 0,
      takenUntil: undefined,
    };
    this.#groups.set(name, fresh);
    return fresh;
  }
}
