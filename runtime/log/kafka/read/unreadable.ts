import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import type { Unreadable } from "../../port.js";
import type { UnreadableReason } from "./unreadable-reason.js";

/** A partition, or all partitions of a topic that this reader would read. */
type Subject = { readonly topic: string; readonly partition: number | undefined };

interface Entry extends UnreadableReason {
  readonly subject: Subject;
  readonly since: number;
}

/** What of a reader's topics cannot be read at the moment, and why. */
export class UnreadablePartitions {
  readonly #topics: readonly string[];
  readonly #entries = new Map<string, Entry>();
  readonly #added: (subject: Subject, reason: UnreadableReason) => void;
  /** What keeps all of it from being read. */
  #failure: { readonly message: string; readonly since: number } | undefined;

  /** `added` is called for a partition or topic that becomes unreadable, or for another reason than before. */
  constructor(topics: readonly string[], added: (subject: Subject, reason: UnreadableReason) => void) {
    this.#topics = topics;
    this.#added = added;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Nothing can be read; returns whether that is new. */
  fail(message: string): boolean {
    const isNew = this.#failure === undefined;
    this.#failure = { message, since: this.#failure?.since ?? performance.now() };
    return isNew;
  }

  recover(): void {
    this.#failure = undefined;
  }

  codeOf(subject: Subject): Unreadable["code"] | undefined {
    return this.#entries.get(keyOf(subject))?.code;
  }

  /** Whether the partition can be read, as far as known. */
  isReadable(place: TopicPartition): boolean {
    return this.#failure === undefined && this.codeOf(place) === undefined;
  }

  set({ topic, partition }: Subject, reason: UnreadableReason): void {
    const subject = { topic, partition };
    const before = this.#entries.get(keyOf(subject));
    const since = before?.since ?? performance.now();
    this.#entries.set(keyOf(subject), { subject, since, ...reason });
    if (before?.code !== reason.code) this.#added(subject, reason);
  }

  clear(subject: Subject): void {
    if (this.#entries.size > 0) this.#entries.delete(keyOf(subject));
  }

  /** Forgets the partitions, which are not this reader's any more; topics stay. */
  clearPartitions(): void {
    for (const [key, { subject }] of this.#entries) if (subject.partition !== undefined) this.#entries.delete(key);
  }

  list(): Unreadable[] {
    const now = performance.now();
    const failure = this.#failure;
    if (failure !== undefined) {
      const forMs = Math.round(now - failure.since);
      const { message } = failure;
      return this.#topics.map((topic) => ({ topic, partition: undefined, code: "unreachable", message, forMs }));
    }
    return [...this.#entries.values()].map(({ subject, since, code, message }) => ({
      ...subject,
      code,
      message,
      forMs: Math.round(now - since),
    }));
  }
}
