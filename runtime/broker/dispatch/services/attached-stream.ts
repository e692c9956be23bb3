import type { status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import { failpoint } from "../../../base/failpoint.js";
import { encodeFromBroker } from "../../../wire/codec/session-codec.js";
import type { Delivery } from "../../../wire/session.js";

/** Unsent bytes of a stream from which on its worker gets no more work; more than one largest activation. */
const FULL_BYTES = 16 * 1024 * 1024;
/** Approximate memory of a message beside its bytes. */
const MESSAGE_BYTES = 512;
/** Most credit that a worker can have at a time; further credit is ignored. */
const LARGEST_CREDIT = 65_536;
/** A full stream that is not read for this time is ended, milliseconds. */
const STALLED_MS = 30_000;

/** The part of a gRPC call that a stream needs; `sent` runs when the bytes have been sent. */
export interface SendingCall {
  write(bytes: Buffer, sent: () => void): boolean;
  emit(event: "error", status: { readonly code: status; readonly details: string }): boolean;
}

interface AttachedStreamEvents {
  /** Claims of deliveries that did not fit go back unstarted. */
  overflow(claims: readonly number[]): void;
  /** The worker can take `count` more activations, and the stream has room. */
  credit(count: number): void;
  /** The worker has stopped reading. */
  stalled(): void;
}

/**
 * The sending half of a stream. What one turn of the event loop acknowledges goes out in one message. A worker that does
 * not read holds at most FULL_BYTES of the broker's memory, and its credit waits.
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
  /** Credit that the engine has, and credit that waits until the stream has room. */
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
    // The engine is in the middle of an event: the claims go back in the next turn.
    if (this.#overflown.length === 0) setImmediate(() => this.#giveBack());
    for (const { claim } of deliveries) this.#overflown.push(claim);
  }

  /** Notices are small, and there are at most as many as claims: they go out however full the stream is. */
  cancel(claims: readonly number[]): void {
    this.#write([], claims);
  }

  credit(count: number): void {
    this.#withheld = Math.min(this.#withheld + count, LARGEST_CREDIT - this.#granted);
    this.#grant();
  }

  /** The engine takes its credit back itself. */
  withdraw(): void {
    this.#granted = 0;
    this.#withheld = 0;
  }

  /** Acknowledges all messages up to this one. */
  acknowledge(number: number): void {
    if (number > this.#acknowledged) this.#acknowledged = number;
    this.#schedule();
  }

  /** Acknowledges this message, while an earlier one is not acknowledged yet. */
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

  #write(deliveries: readonly Delivery[], cancelled: readonly number[] = []): void {
    if (this.#ended) return;
    const acknowledged = this.#acknowledged > this.#sent ? this.#acknowledged : 0;
    this.#sent = this.#acknowledged;
    const alone = this.#alone;
    this.#alone = [];
    const bytes = encodeFromBroker({ deliveries, acknowledged, alone, cancelled });
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
