import type { status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import { failpoint } from "../../../base/failpoint.js";
import { encodeFromBroker } from "../../../wire/codec/session-codec.js";
import type { Delivery } from "../../../wire/session.js";

/** Unsent bytes of one stream over which its worker gets no more work. One largest activation stays below. */
const FULL_BYTES = 16 * 1024 * 1024;
/** What a message costs beside its bytes, about. */
const MESSAGE_BYTES = 512;
/** Credit that a worker can have at once; what it gives beyond is not counted. */
const LARGEST_CREDIT = 65_536;
/** A full stream of which nothing is read for so long is ended, milliseconds. */
const STALLED_MS = 30_000;

/** What is needed of a call; `sent` runs when the bytes are on their way. */
export interface SendingCall {
  write(bytes: Buffer, sent: () => void): boolean;
  emit(event: "error", status: { readonly code: status; readonly details: string }): boolean;
}

export interface AttachedStreamEvents {
  /** Deliveries that did not fit: their claims go back unstarted. */
  overflow(claims: readonly number[]): void;
  /** The worker can take so many activations, and the stream has room. */
  credit(count: number): void;
  /** Nothing is read any more. */
  stalled(): void;
}

/**
 * The sending half of a stream: what one turn of the event loop produces goes out in one message a batch. A worker that
 * does not read holds at most FULL_BYTES of the broker's memory, and its credit waits.
 */
export class AttachedStream {
  readonly #call: SendingCall;
  readonly #events: AttachedStreamEvents;
  readonly #clock: Clock;
  #acknowledged = 0;
  #alone: number[] = [];
  #sent = 0;
  #scheduled = false;
  #ended = false;
  #unsent = 0;
  /** Credit that the engine has, and credit that waits for room. */
  #granted = 0;
  #withheld = 0;
  #overflown: number[] = [];
  #cancelStalled: (() => void) | undefined;

  constructor(call: SendingCall, clock: Clock, events: AttachedStreamEvents) {
    this.#call = call;
    this.#clock = clock;
    this.#events = events;
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.#granted = Math.max(0, this.#granted - deliveries.length);
    if (this.#unsent < FULL_BYTES) {
      this.#write(deliveries);
      return;
    }
    // Called from inside the engine: it is told in its next turn.
    if (this.#overflown.length === 0) setImmediate(() => this.#giveBack());
    for (const { claim } of deliveries) this.#overflown.push(claim);
  }

  credit(count: number): void {
    this.#withheld = Math.min(this.#withheld + count, LARGEST_CREDIT - this.#granted);
    this.#grant();
  }

  /** What the engine has of it is taken back there. */
  withdraw(): void {
    this.#granted = 0;
    this.#withheld = 0;
  }

  /** All messages up to this one. */
  acknowledge(number: number): void {
    if (number > this.#acknowledged) this.#acknowledged = number;
    this.#schedule();
  }

  /** This message, while one before it is not acknowledged. */
  acknowledgeAlone(number: number): void {
    this.#alone.push(number);
    this.#schedule();
  }

  fail(code: status, details: string): void {
    if (this.#ended) return;
    this.end();
    this.#call.emit("error", { code, details });
  }

  /** Nothing more is written. */
  end(): void {
    this.#ended = true;
    this.#cancelStalled?.();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#acknowledged > this.#sent || this.#alone.length > 0) this.#write([]);
      failpoint("outcomes.acknowledged");
    });
  }

  #giveBack(): void {
    const claims = this.#overflown;
    this.#overflown = [];
    if (this.#ended) return;
    this.#withheld += claims.length;
    this.#events.overflow(claims);
    this.#grant();
  }

  #write(deliveries: readonly Delivery[]): void {
    if (this.#ended) return;
    const acknowledged = this.#acknowledged > this.#sent ? this.#acknowledged : 0;
    this.#sent = this.#acknowledged;
    const alone = this.#alone;
    this.#alone = [];
    const bytes = encodeFromBroker({ deliveries, acknowledged, alone });
    const cost = bytes.length + MESSAGE_BYTES;
    this.#unsent += cost;
    this.#call.write(bytes, () => {
      this.#unsent -= cost;
      this.#cancelStalled?.();
      this.#cancelStalled = undefined;
      this.#watch();
      this.#grant();
    });
    this.#watch();
  }

  #grant(): void {
    if (this.#ended || this.#withheld <= 0 || this.#unsent >= FULL_BYTES) return;
    const count = this.#withheld;
    this.#withheld = 0;
    this.#granted += count;
    this.#events.credit(count);
  }

  #watch(): void {
    if (this.#ended || this.#unsent < FULL_BYTES) return;
    this.#cancelStalled ??= this.#clock.after(STALLED_MS, () => this.#events.stalled());
  }
}
