import type { Commit } from "../../port.js";
import { piecesOf } from "../file/chunks.js";
import type { OpenLog } from "../file/open-log.js";
import type { OwnedTopic } from "../file/reader-rows.js";
import type { TopicTable } from "../file/topic-table.js";
import type { Failure, Reply } from "../messages.js";

interface ServedTopic {
  readonly table: TopicTable;
  readonly epoch: number;
  next: number;
  /** The reader waits for a batch. */
  wanted: boolean;
}

type SendReply = (reply: Reply, buffers?: ArrayBuffer[]) => void;

/** The readers that this thread serves: the topics that they own, their positions, and the batches that they wait for. */
export class ServedReaders {
  readonly #readers = new Map<number, Map<string, ServedTopic>>();
  readonly #send: SendReply;

  constructor(send: SendReply) {
    this.#send = send;
  }

  get isEmpty(): boolean {
    return this.#readers.size === 0;
  }

  start(reader: number, owned: readonly OwnedTopic[]): void {
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

  /** The table of a commit's topic; undefined when the reader does not own it under that epoch. */
  owned(log: OpenLog, reader: number, { topic, partition, epoch }: Commit): TopicTable | undefined {
    const read = this.#readers.get(reader)?.get(topic);
    if (read === undefined || partition !== 0 || read.epoch !== epoch) return undefined;
    return log.readerRows.owns(read.table, epoch) ? read.table : undefined;
  }

  /** Sends each reader the batches that it waits for and that have come. */
  serve(log: OpenLog): void {
    for (const [reader, topics] of this.#readers) {
      for (const [topic, read] of topics) {
        if (!read.wanted) continue;
        log.transactions.read(() => {
          if (log.readerRows.owns(read.table, read.epoch)) {
            this.#serveTopic(reader, topic, read);
          } else {
            topics.delete(topic);
            this.#send({ kind: "revoked", reader, topic });
          }
        });
      }
    }
  }

  /** Ends all readers with an error. */
  break(failure: Failure): void {
    for (const reader of this.#readers.keys()) this.#send({ kind: "broken", reader, failure });
    this.#readers.clear();
  }

  #serveTopic(reader: number, topic: string, read: ServedTopic): void {
    const found = read.table.read(read.next);
    if (found === undefined) return;
    const { from } = found;
    read.wanted = false;
    read.next = found.next;
    if (found.kind === "damaged") {
      this.#send({ kind: "damaged", reader, topic, from, to: found.next, error: found.error });
      return;
    }
    const pieces = piecesOf(found.bodies);
    this.#send(
      { kind: "batch", reader, topic, from, next: found.next, pieces, end: read.table.bounds().next },
      pieces.map(({ buffer }) => buffer),
    );
  }
}
