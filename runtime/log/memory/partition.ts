import type { Commit, LogRecord, ReadRecord } from "../port.js";

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
  readonly #records: ReadRecord[] = [];
  readonly #groups = new Map<string, GroupState>();

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** The offset that the next appended record gets. */
  get end(): number {
    return this.#records.length;
  }

  append(records: readonly LogRecord[]): number[] {
    const offsets = records.map(({ key, value, headers }) => {
      const offset = this.#records.length;
      // A copy, as in the other logs: the caller may use its buffer again.
      this.#records.push({ offset, key, value: Uint8Array.from(value), headers: headers && { ...headers } });
      return offset;
    });
    for (const holder of this.holders()) holder.wake(this);
    return offsets;
  }

  slice(from: number, count: number): ReadRecord[] {
    return this.#records.slice(from, from + count);
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
      from: committed ?? 0,
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
