import type { Commit } from "../../port.js";
import { piecesOf } from "../file/chunks.js";
import type { Owned } from "../file/reader-rows.js";
import type { TopicTable } from "../file/topic-table.js";
import type { Failure, Reply } from "../messages.js";
import type { Opened } from "./opened.js";

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

  /** Gives every reader what it waits for and can have now. */
  serve(opened: Opened): void {
    for (const [reader, topics] of this.#readers) {
      for (const [topic, read] of topics) {
        if (!read.wanted) continue;
        opened.transactions.read(() => {
          if (opened.readers.owns(read.table, read.epoch)) {
            this.#serveTopic(reader, topic, read);
          } else {
            topics.delete(topic);
            this.#tell({ kind: "revoked", reader, topic });
          }
        });
      }
    }
  }

  /** Ends all readers with an error. */
  break(failure: Failure): void {
    for (const reader of this.#readers.keys()) this.#tell({ kind: "broken", reader, failure });
    this.#readers.clear();
  }

  #serveTopic(reader: number, topic: string, read: ReadTopic): void {
    const found = read.table.read(read.next);
    if (found === undefined) return;
    const { from } = found;
    read.wanted = false;
    read.next = found.next;
    if (found.kind === "damaged") {
      this.#tell({ kind: "damaged", reader, topic, from, to: found.next, error: found.error });
      return;
    }
    const pieces = piecesOf(found.bodies);
    this.#tell(
      { kind: "batch", reader, topic, from, next: found.next, pieces, end: read.table.bounds().next },
      pieces.map(({ buffer }) => buffer),
    );
  }
}
