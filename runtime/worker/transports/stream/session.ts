import type { ClientDuplexStream } from "@grpc/grpc-js";
import { messageOf } from "../../../base/errors.js";
import { decodeFromBroker, type Opened } from "../../../wire/codec/session-codec.js";
import { encodeFromWorker } from "../../../wire/codec/worker-message-codec.js";
import type { Outcome, Session, SessionEvents, Started, Vitals } from "../../../wire/session.js";
import { SessionEndedError } from "../../errors.js";
import { Waiters } from "../../waiters.js";

/** How long close() waits for the broker to end the stream, milliseconds. */
const CLOSE_MS = 2000;
/** Most outcomes in a message: even with the longest errors it stays below the largest message. */
const OUTCOMES = 1024;

interface Waiting {
  readonly number: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** One Attach stream. Everything from one turn of the event loop is sent in one message. */
export class StreamSession implements Session {
  readonly id: string;
  readonly valid: readonly number[];
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #events: SessionEvents;
  readonly #released: () => void;
  #waiting: Waiting[] = [];
  #number = 0;
  #credit = 0;
  #started: Started[] = [];
  #outcomes: Outcome[] = [];
  #returned: number[] = [];
  #draining = false;
  #vitals: Vitals | undefined;
  #withdrawn = false;
  #scheduled = false;
  #closing = false;
  #ended: string | undefined;
  readonly #waiters = new Waiters();

  constructor(opened: Opened, stream: ClientDuplexStream<Buffer, Buffer>, events: SessionEvents, released: () => void) {
    this.id = opened.session;
    this.valid = opened.valid;
    this.#stream = stream;
    this.#events = events;
    this.#released = released;
    stream.on("data", (bytes: Buffer) => this.#receive(bytes));
    stream.on("error", (error) => this.#end(error.message));
    stream.on("end", () => this.#end("the broker ended the stream"));
  }

  credit(count: number): void {
    this.#credit += count;
    this.#schedule();
  }

  withdraw(): Promise<void> {
    this.#withdrawn = true;
    this.#credit = 0;
    // The broker acknowledges this message after all deliveries before it.
    return this.settle([]);
  }

  started(starts: readonly Started[]): void {
    this.#started.push(...starts);
    this.#schedule();
  }

  settle(outcomes: readonly Outcome[]): Promise<void> {
    if (this.#ended !== undefined) return Promise.reject(new SessionEndedError(this.#ended));
    this.#outcomes.push(...outcomes);
    this.#schedule();
    // The message that carries the last outcome: earlier messages are full.
    const number = this.#number + Math.max(1, Math.ceil(this.#outcomes.length / OUTCOMES));
    return new Promise((resolve, reject) => this.#waiting.push({ number, resolve, reject }));
  }

  vitals(vitals: Vitals): void {
    this.#vitals = vitals;
    this.#schedule();
  }

  giveBack(claims: readonly number[]): void {
    this.#returned.push(...claims);
    this.#schedule();
  }

  drain(): Promise<void> {
    this.#draining = true;
    return this.settle([]);
  }

  async close(): Promise<void> {
    if (this.#ended === undefined && !this.#closing) {
      this.#closing = true;
      this.#scheduled = true;
      this.#flush();
      this.#stream.end();
    }
    const timer = setTimeout(() => this.#end("closed"), CLOSE_MS);
    while (this.#ended === undefined) await this.#waiters.next();
    clearTimeout(timer);
  }

  #schedule(): void {
    if (this.#scheduled || this.#ended !== undefined) return;
    this.#scheduled = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    if (!this.#scheduled || this.#ended !== undefined) return;
    this.#scheduled = false;
    let outcomes = this.#outcomes.splice(0, OUTCOMES);
    for (;;) {
      this.#number += 1;
      const bytes = encodeFromWorker({
        number: this.#number,
        credit: this.#credit,
        started: this.#started,
        outcomes,
        returned: this.#returned,
        draining: this.#draining,
        withdrawn: this.#withdrawn,
        ...(this.#vitals === undefined ? {} : { vitals: this.#vitals }),
        closing: this.#closing && this.#outcomes.length === 0,
      });
      this.#credit = 0;
      this.#withdrawn = false;
      this.#vitals = undefined;
      this.#started = [];
      this.#returned = [];
      this.#stream.write(bytes);
      if (this.#outcomes.length === 0) return;
      outcomes = this.#outcomes.splice(0, OUTCOMES);
    }
  }

  #receive(bytes: Buffer): void {
    if (this.#ended !== undefined) return;
    try {
      const { deliveries, acknowledged, alone, cancelled } = decodeFromBroker(bytes);
      while ((this.#waiting[0]?.number ?? Number.POSITIVE_INFINITY) <= acknowledged) this.#waiting.shift()?.resolve();
      if (alone.length > 0) this.#settleAlone(new Set(alone));
      if (deliveries.length > 0) this.#events.deliver(deliveries);
      if (cancelled.length > 0) this.#events.cancel(cancelled);
    } catch (error) {
      this.#end(messageOf(error));
    }
  }

  #settleAlone(numbers: ReadonlySet<number>): void {
    for (const { number, resolve } of this.#waiting) if (numbers.has(number)) resolve();
    this.#waiting = this.#waiting.filter(({ number }) => !numbers.has(number));
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#stream.cancel();
    this.#released();
    if (!this.#closing) this.#events.lost(reason);
    for (const { reject } of this.#waiting.splice(0)) reject(new SessionEndedError(reason));
    this.#waiters.notify();
  }
}
