import type { Kafka, Producer } from "kafkajs";
import { LogClosedError, type LogRecord, type Position, RecordTooLargeError } from "../port.js";
import { sizeOf } from "../record-size.js";
import { batchBytes, type Message, messageOf } from "./append-batch.js";
import { type ClusterNames, kafkaError, protocolType, TopicMissingError } from "./errors.js";
import { offsetOf } from "./offset.js";
import { Partitioner } from "./partitioner.js";

const BATCH_RECORDS = 5000;
const BATCH_BYTES = 1024 * 1024;
/** New partitions are found within so long. */
const METADATA_MAX_AGE_MS = 60_000;

/** One call of append; settles when all of its records have. */
interface Call {
  readonly messages: readonly Message[];
  /** Bytes of the batch that would hold each record alone. */
  readonly sizes: readonly number[];
  readonly positions: Position[];
  /** The first record that is in no batch yet. */
  next: number;
  failed: boolean;
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  readonly topic: string;
  readonly waiting: Call[];
  /** Bytes of a batch at most; less than BATCH_BYTES after the topic has refused one. */
  batchBytes: number;
  busy: boolean;
}

interface Batch {
  readonly calls: { readonly call: Call; readonly from: number; readonly to: number }[];
  readonly messages: Message[];
  bytes: number;
}

/**
 * Appends with the acknowledgement of all replicas. A topic has one request under way; what comes meanwhile makes up the
 * next. Not idempotent: kafkajs takes the sequence numbers of a failed request back, which Kafka does not. An append that
 * is tried again may be there twice, and brokers know its ids again.
 */
export class KafkaAppender {
  readonly #names: ClusterNames;
  /** max.message.bytes of a topic; rejects for one that does not exist. `anew`: not as it was known before. */
  readonly #limitOf: (topic: string, anew: boolean) => Promise<number>;
  readonly #partitioner = new Partitioner();
  readonly #producer: Producer;
  readonly #queues = new Map<string, Queue>();
  readonly #calls = new Set<Promise<unknown>>();
  #connecting: Promise<void> | undefined;
  #closed = false;

  constructor(kafka: Kafka, names: ClusterNames, limitOf: (topic: string, anew: boolean) => Promise<number>) {
    this.#names = names;
    this.#limitOf = limitOf;
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: this.#partitioner.create,
      metadataMaxAge: METADATA_MAX_AGE_MS,
    });
  }

  /** Rejects when no broker answers or the login is refused; the next call tries again. */
  connect(): Promise<void> {
    this.#connecting ??= this.#producer.connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw kafkaError(error, "connect", this.#names);
    });
    return this.#connecting;
  }

  append(topic: string, records: readonly LogRecord[]): Promise<Position[]> {
    if (this.#closed) return Promise.reject(new LogClosedError());
    if (records.length === 0) return Promise.resolve([]);
    const messages = records.map(messageOf);
    const appended = this.#append(topic, messages, (index) => records[index]);
    this.#calls.add(appended);
    const forget = () => this.#calls.delete(appended);
    appended.then(forget, forget);
    return appended;
  }

  /** Appends made before are finished first. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#calls.size > 0) await Promise.allSettled(this.#calls);
    if (this.#connecting === undefined) return;
    await this.#connecting.catch(() => {});
    await this.#producer.disconnect().catch(() => {});
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
      queue.waiting.push({ messages, sizes, positions: [], next: 0, failed: false, resolve, reject });
      if (!queue.busy) void this.#drain(queue);
    });
  }

  #queueOf(topic: string): Queue {
    let queue = this.#queues.get(topic);
    if (queue === undefined) {
      queue = { topic, waiting: [], batchBytes: BATCH_BYTES, busy: false };
      this.#queues.set(topic, queue);
    }
    return queue;
  }

  async #drain(queue: Queue): Promise<void> {
    queue.busy = true;
    while (queue.waiting.length > 0) {
      // Whatever else this turn of the event loop appends comes along.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const batch = nextBatch(queue);
      try {
        await this.#send(queue.topic, batch);
      } catch (error) {
        this.#failed(queue, batch, error);
      }
    }
    queue.busy = false;
  }

  async #send(topic: string, { calls, messages }: Batch): Promise<void> {
    this.#partitioner.begin(topic);
    const answers = await this.#producer.send({ topic, acks: -1, messages });
    const next = new Map<number, number>();
    for (const { partition, baseOffset } of answers) next.set(partition, offsetOf(baseOffset ?? "NaN"));
    const placed = this.#partitioner.placed(topic);
    let index = 0;
    for (const { call, from, to } of calls) {
      for (let at = from; at < to; at += 1, index += 1) {
        const message = messages[index];
        const partition = message === undefined ? undefined : placed.get(message);
        const offset = partition === undefined ? undefined : next.get(partition);
        if (partition === undefined || offset === undefined) throw new Error(`no position of record ${index}`);
        next.set(partition, offset + 1);
        call.positions.push({ topic, partition, offset });
      }
      if (to === call.messages.length && !call.failed) call.resolve(call.positions);
    }
  }

  #failed(queue: Queue, batch: Batch, error: unknown): void {
    const tooLarge = protocolType(error) === "MESSAGE_TOO_LARGE";
    if (tooLarge && batch.messages.length > 1) {
      // The topic takes less than it says: the same again in smaller batches.
      queue.batchBytes = Math.ceil(batch.bytes / 2);
      for (const { call, from } of [...batch.calls].reverse()) {
        if (queue.waiting[0] !== call) queue.waiting.unshift(call);
        call.next = from;
      }
      return;
    }
    const missing = protocolType(error) === "UNKNOWN_TOPIC_OR_PARTITION";
    const [only] = batch.messages;
    const failure =
      tooLarge && only !== undefined
        ? new RecordTooLargeError(queue.topic, only.value.length, undefined, error)
        : missing
          ? new TopicMissingError([queue.topic], this.#names)
          : kafkaError(error, `append to topic "${queue.topic}"`, this.#names);
    for (const { call } of batch.calls) {
      call.failed = true;
      call.reject(failure);
      if (queue.waiting[0] === call) queue.waiting.shift();
    }
  }
}

/** Takes records from the front of the queue; at least one. */
function nextBatch({ waiting, batchBytes: limit }: Queue): Batch {
  const batch: Batch = { calls: [], messages: [], bytes: 0 };
  for (let call = waiting[0]; call !== undefined; call = waiting[0]) {
    const from = call.next;
    for (; call.next < call.messages.length; call.next += 1) {
      const size = call.sizes[call.next] ?? 0;
      const message = call.messages[call.next];
      const full = batch.messages.length === BATCH_RECORDS || (batch.bytes > 0 && batch.bytes + size > limit);
      if (message === undefined || full) break;
      batch.messages.push(message);
      batch.bytes += size;
    }
    if (call.next > from) batch.calls.push({ call, from, to: call.next });
    if (call.next < call.messages.length) break;
    waiting.shift();
  }
  return batch;
}
