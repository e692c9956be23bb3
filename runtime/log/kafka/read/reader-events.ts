import type { TopicPartition } from "../../../base/topic-partition.js";
import { EventStream } from "../../event-stream.js";
import type { Assigned, Batch, ReadEvent } from "../../port.js";

/** Revoked events that the consumer has not finished with. */
interface Revocation {
  readonly open: Set<ReadEvent>;
  readonly finish: () => void;
}

/** The events of a reader on their way to its consumer: assignments and revocations in order, then batches. */
export class ReaderEvents {
  readonly stream: EventStream;
  readonly #nextBatch: () => Batch | undefined;
  readonly #changes: ReadEvent[] = [];
  /** The event that the consumer has in hand. */
  #current: ReadEvent | undefined;
  #revocation: Revocation | undefined;

  /** `onReturn`: the consumer left its loop. */
  constructor(nextBatch: () => Batch | undefined, onReturn: () => Promise<void>) {
    this.#nextBatch = nextBatch;
    this.stream = new EventStream(
      () => this.#take(),
      () => {},
      onReturn,
    );
  }

  assign(assigned: readonly Assigned[]): void {
    this.#changes.push(...assigned);
    this.stream.wake();
  }

  /** Resolves when the consumer has finished with all of the partitions. */
  revoke(places: readonly TopicPartition[]): Promise<void> {
    const events = places.map(({ topic, partition }): ReadEvent => ({ kind: "revoked", topic, partition }));
    const finished = new Promise<void>((finish) => {
      this.#revocation = { open: new Set(events), finish };
    });
    this.#changes.push(...events);
    this.stream.wake();
    return finished;
  }

  #take(): ReadEvent | undefined {
    this.#finish(this.#current);
    this.#current = this.#changes.shift() ?? this.#nextBatch();
    return this.#current;
  }

  /** The consumer has finished with an event when it asks for the next one. */
  #finish(event: ReadEvent | undefined): void {
    if (event?.kind !== "revoked" || this.#revocation === undefined) return;
    this.#revocation.open.delete(event);
    if (this.#revocation.open.size > 0) return;
    this.#revocation.finish();
    this.#revocation = undefined;
  }
}
