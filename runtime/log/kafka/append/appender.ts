import type { Cluster } from "kafkajs";
import { LogClosedError, type LogRecord, type Position, RecordTooLargeError } from "../../port.js";
import { sizeOf } from "../../record-size.js";
import { batchBytes, type Message, messageOf } from "../connection/append-batch.js";
import { type ClusterNames, kafkaError, protocolType, TopicMissingError } from "../connection/errors.js";
import { type Outcome, Sender } from "./sender.js";

const BATCH_RECORDS = 5000;
const BATCH_BYTES = 1024 * 1024;

/** One call of append. It settles when all of its records have an outcome. */
interface Call {
  readonly messages: readonly Message[];
  /** Size of each record in a batch of its own, bytes. */
  readonly sizes: readonly number[];
  readonly positions: (Position | undefined)[];
  /** The first record that is not in a batch yet. */
  next: number;
  /** Records without an outcome. */
  left: number;
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  readonly topic: string;
  readonly waiting: Call[];
  busy: boolean;
}

interface Batch {
  /** The call of each record, and its index there. */
  readonly owners: { readonly call: Call; readonly at: number }[];
  readonly messages: Message[];
  readonly sizes: number[];
  bytes: number;
}

/**
 * Appends with the acknowledgement of all replicas. Each topic has one batch under way; records that come meanwhile form the
 * next one. Not idempotent: a retried append may be stored twice, and brokers recognize the ids of its activations.
 */
export class KafkaAppender {
  readonly #names: ClusterNames;
  /** max.message.bytes of a topic; rejects when there is no such topic. `anew`: asks the cluster again. */
  readonly #limitOf: (topic: string, anew: boolean) => Promise<number>;
  readonly #cluster: Cluster;
  readonly #sender: Sender;
  readonly #queues = new Map<string, Queue>();
  readonly #calls = new Set<Promise<unknown>>();
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(cluster: Cluster, names: ClusterNames, limitOf: (topic: string, anew: boolean) => Promise<number>) {
    this.#names = names;
    this.#limitOf = limitOf;
    this.#cluster = cluster;
    this.#sender = new Sender(cluster);
  }

  /** Rejects when no broker answers or the login is refused; the next call retries. */
  connect(): Promise<void> {
    this.#connecting ??= this.#cluster.connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw kafkaError(error, "connect", this.#names);
    });
    return this.#connecting;
  }

  append(topic: string, records: readonly LogRecord[], partition: number | undefined): Promise<Position[]> {
    if (this.#closed) return Promise.reject(new LogClosedError());
    if (records.length === 0) return Promise.resolve([]);
    const messages = records.map((record) => messageOf(record, partition));
    const appended = this.#append(topic, messages, (index) => records[index]);
    this.#calls.add(appended);
    const forget = () => this.#calls.delete(appended);
    appended.then(forget, forget);
    return appended;
  }

  /** Resolves when the appends made before have finished. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    if (this.#connecting === undefined) return;
    await this.#connecting.catch(() => {});
    await this.#cluster.disconnect().catch(() => {});
  }

  async #append(
    topic: string,
    messages: readonly Message[],
    recordAt: (index: number) => LogRecord | undefined,
  ): Promise<Position[]> {
    const sizes = messages.map(batchBytes);
    const largest = sizes.reduce((at, size, index) => (size > (sizes[at] ?? 0) ? index : at), 0);
    const size = sizes[largest] ?? 0;
    let limit = await this.#limitOf(topic, false);
    // It may have been raised.
    if (size > limit) limit = await this.#limitOf(topic, true);
    const record = recordAt(largest);
    if (size > limit && record !== undefined) {
      const bytes = sizeOf(record);
      throw new RecordTooLargeError(topic, bytes, Math.max(limit - (size - bytes), 0));
    }
    await this.connect();
    return new Promise((resolve, reject) => {
      const queue = this.#queueOf(topic);
      const positions = new Array<Position | undefined>(messages.length);
      queue.waiting.push({ messages, sizes, positions, next: 0, left: messages.length, resolve, reject });
      if (!queue.busy) void this.#drain(queue);
    });
  }

  #queueOf(topic: string): Queue {
    let queue = this.#queues.get(topic);
    if (queue === undefined) {
      queue = { topic, waiting: [], busy: false };
      this.#queues.set(topic, queue);
    }
    return queue;
  }

  async #drain(queue: Queue): Promise<void> {
    queue.busy = true;
    while (queue.waiting.length > 0) {
      // All appends of this turn of the event loop go into the batch.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const { owners, messages, sizes } = nextBatch(queue);
      await this.#sender.send(queue.topic, messages, sizes, (index, outcome) => {
        const owner = owners[index];
        if (owner !== undefined) this.#settled(queue, owner.call, owner.at, outcome);
      });
    }
    queue.busy = false;
  }

  #settled(queue: Queue, call: Call, at: number, outcome: Outcome): void {
    const { topic } = queue;
    if ("error" in outcome) {
      call.reject(this.#failure(topic, call.messages[at], outcome.error));
      // Its other records are not sent.
      if (queue.waiting[0] === call) queue.waiting.shift();
      return;
    }
    call.positions[at] = { topic, ...outcome };
    call.left -= 1;
    if (call.left === 0) call.resolve(call.positions.filter((position) => position !== undefined));
  }

  #failure(topic: string, message: Message | undefined, error: unknown): Error {
    const type = protocolType(error);
    if (type === "MESSAGE_TOO_LARGE" && message !== undefined)
      return new RecordTooLargeError(topic, message.value?.length ?? 0, undefined, error);
    if (type === "UNKNOWN_TOPIC_OR_PARTITION") return new TopicMissingError([topic], this.#names);
    return kafkaError(error, `append to topic "${topic}"`, this.#names);
  }
}

/** Takes records from the front of the queue, at least one. */
function nextBatch({ waiting }: Queue): Batch {
  const batch: Batch = { owners: [], messages: [], sizes: [], bytes: 0 };
  for (let call = waiting[0]; call !== undefined; call = waiting[0]) {
    for (; call.next < call.messages.length; call.next += 1) {
      const size = call.sizes[call.next] ?? 0;
      const message = call.messages[call.next];
      const full = batch.messages.length === BATCH_RECORDS || (batch.bytes > 0 && batch.bytes + size > BATCH_BYTES);
      if (message === undefined || full) break;
      batch.messages.push(message);
      batch.sizes.push(size);
      batch.owners.push({ call, at: call.next });
      batch.bytes += size;
    }
    if (call.next < call.messages.length) break;
    waiting.shift();
  }
  return batch;
}
