import type { Commit } from "../port.js";
import type { Failure, Reply } from "./messages.js";
import type { Opened } from "./opened.js";
import type { Owned } from "./readers.js";
import { buffersOf, pack } from "./records.js";
import type { TopicTable } from "./topics.js";

/** A batch ends at whichever is reached first; one larger record travels alone. */
const BATCH_RECORDS = 1000;
const BATCH_BYTES = 1024 * 1024;

interface ReadTopic {
  readonly table: TopicTable;
  readonly epoch: number;
  next: number;
  /** A batch was asked for and not given yet. */
  wanted: boolean;
}

type Tell = (reply: Reply, buffers?: ArrayBuffer[]) => void;

/** The readers that this thread serves: what they own, where they are, what they asked for. */
export class Reading {
  readonly #readers = new Map<number, Map<string, ReadTopic>>();
  readonly #tell: Tell;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  get empty(): boolean {
    return this.#readers.size === 0;
  }

  start(reader: number, owned: readonly Owned[]): void {
    this.#readers.set(
      reader,
      new Map(owned.map(({ table, epoch, from }) => [table.name, { table, epoch, next: from, wanted: false }])),
    );
  }

  leave(reader: number): void {
    this.#readers.delete(reader);
  }

  want(reader: number, topic: string): void {
    const read = this.#readers.get(reader)?.get(topic);
    if (read !== undefined) read.wanted = true;
  }

  /** The table of a commit, undefined when its reader does not own the topic under that epoch. */
  owned(opened: Opened, reader: number, { topic, partition, epoch }: Commit): TopicTable | undefined {
    const read = this.#readers.get(reader)?.get(topic);
    if (read === undefined || partition !== 0 || read.epoch !== epoch) return undefined;
    return opened.readers.owns(read.table, epoch) ? read.table : undefined;
  }

  /** The offsets that the next appended records of its topics get. */
  ends(reader: number): Map<string, number> {
    const topics = [...(this.#readers.get(reader) ?? [])];
    return new Map(topics.map(([topic, { table }]) => [topic, table.end()]));
  }

  /** Gives every reader what it waits for and can have now. */
  serve(opened: Opened): void {
    for (const [reader, topics] of this.#readers) {
      for (const [topic, read] of topics) {
        if (!read.wanted) continue;
        if (opened.readers.owns(read.table, read.epoch)) {
          this.#serveTopic(reader, topic, read);
        } else {
          topics.delete(topic);
          this.#tell({ kind: "revoked", reader, topic });
        }
      }
    }
  }

  /** Ends all readers with an error. */
  break(failure: Failure): void {
    for (const reader of this.#readers.keys()) this.#tell({ kind: "broken", reader, failure });
    this.#readers.clear();
  }

  #serveTopic(reader: number, topic: string, read: ReadTopic): void {
    const rows = read.table.read(read.next, BATCH_RECORDS, BATCH_BYTES);
    const last = rows.at(-1);
    if (last === undefined) return;
    read.wanted = false;
    read.next = last.offset + 1;
    const records = pack(rows);
    const offsets = Float64Array.from(rows, (row) => row.offset);
    this.#tell({ kind: "batch", reader, topic, offsets, records, end: read.table.end() }, [
      offsets.buffer,
      ...buffersOf(records),
    ]);
  }
}
