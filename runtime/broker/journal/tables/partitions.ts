import { crc32 } from "node:zlib";
import type Database from "better-sqlite3";
import type { Connection } from "../../../base/sqlite/open.js";
import { keyOf } from "../../../base/topic-partition.js";
import type { PartitionState } from "../../inflight/persisted.js";
import { areStrings, DamageError } from "./damage.js";

interface PartitionColumns {
  readonly topic: string;
  readonly partition: number;
  readonly log_id: string;
  readonly position: number;
  /** JSON of PartitionState.done. */
  readonly done: string;
  readonly reread_until: number | null;
  readonly crc: number;
}

/** A partition in the file. `rereadUntil`: RebuiltPartition.until; 0: it is not read again. */
interface StoredPartition extends PartitionState {
  readonly rereadUntil: number;
}

/** The positions of the partitions, and how far each is read again. */
export class Partitions {
  readonly #write: Database.Statement;
  readonly #all: Database.Statement<unknown[], PartitionColumns>;
  /** The partitions that are read again. */
  readonly #rereading = new Map<string, StoredPartition>();

  constructor(db: Connection) {
    this.#write = db.prepare("INSERT OR REPLACE INTO partitions VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#all = db.prepare("SELECT * FROM partitions");
  }

  /** Throws DamageError when a checksum does not hold. */
  all(): StoredPartition[] {
    const stored = this.#all.all().map(fromColumns);
    for (const state of stored) if (state.rereadUntil > 0) this.#rereading.set(keyOf(state), state);
    return stored;
  }

  /** The partitions whose checksum holds; `whole`: whether that is all of them. */
  readable(): { readonly states: readonly StoredPartition[]; readonly whole: boolean } {
    const all = this.#all.all();
    const states = all.filter(isWhole).map(stateOf);
    return { states, whole: states.length === all.length };
  }

  /** A partition that has passed the end of what is read again, or whose log was replaced, is no longer read again. */
  write(state: PartitionState): void {
    const before = this.#rereading.get(keyOf(state));
    const rereading = before !== undefined && before.logId === state.logId && state.position < before.rereadUntil;
    this.store({ ...state, rereadUntil: rereading ? before.rereadUntil : 0 });
  }

  /** Whether the partition is read again up to an unknown end. */
  isUnbounded(topic: string, partition: number): boolean {
    return this.all().some(
      (state) =>
        state.topic === topic && state.partition === partition && state.rereadUntil === Number.POSITIVE_INFINITY,
    );
  }

  /** Sets the end up to which the partition is read again. */
  bound(topic: string, partition: number, end: number): void {
    const state = this.all().find((each) => each.topic === topic && each.partition === partition);
    if (state !== undefined) this.store({ ...state, rereadUntil: end });
  }

  store(state: StoredPartition): void {
    const { topic, partition, logId, position, rereadUntil } = state;
    const done = JSON.stringify(state.done);
    if (rereadUntil > 0) this.#rereading.set(keyOf(state), state);
    else this.#rereading.delete(keyOf(state));
    const until = Number.isFinite(rereadUntil) ? rereadUntil : null;
    const crc = checksum({ topic, partition, log_id: logId, position, done, reread_until: until });
    this.#write.run(topic, partition, logId, position, done, until, crc);
  }
}

function fromColumns(columns: PartitionColumns): StoredPartition {
  if (!isWhole(columns)) {
    throw new DamageError(`its position of ${columns.topic}/${columns.partition} fails the checksum`);
  }
  return stateOf(columns);
}

function isWhole(columns: PartitionColumns): boolean {
  return areStrings(columns.topic, columns.log_id, columns.done) && checksum(columns) === columns.crc;
}

function stateOf({
  topic,
  partition,
  log_id: logId,
  position,
  done,
  reread_until: until,
}: PartitionColumns): StoredPartition {
  return { topic, partition, logId, position, done: JSON.parse(done), rereadUntil: until ?? Number.POSITIVE_INFINITY };
}

function checksum(columns: Omit<PartitionColumns, "crc">): number {
  const { topic, partition, log_id: logId, position, done, reread_until: until } = columns;
  return crc32(`${topic}\0${partition}\0${logId}\0${position}\0${done}\0${until}`);
}
