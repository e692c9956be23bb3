import type { Clock } from "../../base/clock.js";
import { LogClosedError, type LogRecord, type Position } from "../port.js";
import type { Channel } from "./channel.js";
import { type AppendAnswer, errorOf } from "./messages.js";
import { buffersOf, pack, type Row, rowOf } from "./records.js";

interface Call {
  readonly topic: string;
  readonly rows: readonly Row[];
  readonly uniqueKey: string | undefined;
  readonly resolve: (positions: Position[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Calls of one message, about; a larger call travels alone. */
const MESSAGE_RECORDS = 10_000;
const MESSAGE_BYTES = 8 * 1024 * 1024;

/** Collects the append() calls of one turn of the event loop into few messages. */
export class Appender {
  readonly #channel: Channel;
  readonly #clock: Clock;
  #calls: Call[] = [];
  #closed = false;

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  append(topic: string, records: readonly LogRecord[], uniqueKey: string | undefined): Promise<Position[]> {
    if (this.#closed) return Promise.reject(new LogClosedError());
    // Copies: the caller may use its buffers again at once.
    const rows = records.map((record) => rowOf({ ...record, value: Buffer.from(record.value) }));
    if (this.#calls.length === 0) process.nextTick(() => this.flush());
    return new Promise((resolve, reject) => this.#calls.push({ topic, rows, uniqueKey, resolve, reject }));
  }

  flush(): void {
    const calls = this.#calls;
    this.#calls = [];
    let message: Call[] = [];
    let records = 0;
    let bytes = 0;
    for (const call of calls) {
      const size = call.rows.reduce((sum, row) => sum + row.value.length, 0);
      if (message.length > 0 && (records + call.rows.length > MESSAGE_RECORDS || bytes + size > MESSAGE_BYTES)) {
        void this.#send(message);
        message = [];
        records = 0;
        bytes = 0;
      }
      message.push(call);
      records += call.rows.length;
      bytes += size;
    }
    if (message.length > 0) void this.#send(message);
  }

  /** Sends what waits; later calls are refused. */
  close(): void {
    this.#closed = true;
    this.flush();
  }

  async #send(calls: readonly Call[]): Promise<void> {
    try {
      const records = pack(calls.flatMap((call) => call.rows));
      const answer = await this.#channel.request(
        {
          kind: "append",
          calls: calls.map(({ topic, rows, uniqueKey }) => ({ topic, count: rows.length, uniqueKey })),
          records,
          now: this.#clock.now(),
        },
        buffersOf(records),
      );
      if (answer.kind === "appended") settle(calls, answer);
    } catch (error) {
      for (const call of calls) call.reject(error);
    }
  }
}

function settle(calls: readonly Call[], { offsets, repeated, failures }: AppendAnswer): void {
  for (const [index, { topic, rows, resolve, reject }] of calls.entries()) {
    const failed = failures.get(index);
    if (failed !== undefined) {
      reject(errorOf(failed));
      continue;
    }
    const first = offsets[index] ?? 0;
    const positions: Position[] = [];
    const stored = repeated.get(index) ?? topic;
    for (let at = 0; at < rows.length; at += 1) positions.push({ topic: stored, partition: 0, offset: first + at });
    resolve(positions);
  }
}
