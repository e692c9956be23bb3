import { status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import { newId } from "../../../base/ids.js";
import type { Logger } from "../../../base/logger.js";
import { isCallError } from "../../../wire/call-error.js";
import {
  SetBatchActivationStatusRequest,
  SetTaskStatusRequest,
  type SetTaskStatusRequest as Update,
} from "../../../wire/proto/taskbroker.js";
import { CONSUMER, type RawMethod } from "../../../wire/services.js";
import type { Outcome, Session, SessionEvents, SessionOffer } from "../../../wire/session.js";
import type { UnaryClient } from "../../../wire/unary-client.js";
import { localDelivery } from "../local-claims.js";
import { failureOf, isNotFound, Reporter, settleByIds } from "../reporter.js";
import type { Admission } from "./admission.js";

const CALL_MS = 10_000;
/** Most updates in a call. */
const BATCH = 1000;
/** How often failing reports are logged, milliseconds. */
const LOG_EVERY_MS = 10_000;

interface PushSessionOptions {
  /** Of the broker that outcomes are reported to. */
  readonly client: UnaryClient;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly log: Logger;
  readonly offer: SessionOffer;
  readonly events: SessionEvents;
  readonly ended: () => Promise<void>;
}

/** A session with brokers that push: credit admits their pushes, outcomes are reported in batches. */
export class PushSession implements Session {
  readonly id = newId();
  readonly valid: readonly number[];
  readonly withoutClaims = true;
  readonly #options: PushSessionOptions;
  readonly #ids: Map<number, string>;
  readonly #reporter: Reporter;
  /** The broker knows SetBatchActivationStatus. */
  #batches = true;
  /** Credit that is withheld while the broker takes no outcomes. */
  #withheld = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PushSessionOptions) {
    const { offer, admission, events, clock } = options;
    this.#options = options;
    this.valid = offer.held.map(({ claim }) => claim);
    this.#ids = new Map(offer.held.map(({ claim, id }) => [claim, id]));
    this.#reporter = new Reporter(
      {
        clock,
        most: BATCH,
        send: (updates) => this.#send(updates),
        failed: (error) => this.#failed(error),
      },
      1,
    );
    admission.open((activation) => {
      const { id, delivery } = localDelivery(activation);
      this.#ids.set(delivery.claim, id);
      events.deliver([delivery]);
    });
  }

  credit(count: number): void {
    this.#withheld += count;
    this.#release();
  }

  async withdraw(): Promise<void> {
    this.#withheld = 0;
    this.#options.admission.withdraw();
  }

  /** The broker counts from the hand-out, so starts are not reported. */
  started(): void {}

  async settle(outcomes: readonly Outcome[]): Promise<void> {
    await settleByIds(this.#ids, this.#reporter, outcomes);
  }

  /** The protocol has no such call: the broker redelivers them at their deadline. */
  giveBack(claims: readonly number[]): void {
    for (const claim of claims) this.#ids.delete(claim);
  }

  async drain(): Promise<void> {
    this.#options.admission.shut();
  }

  async close(): Promise<void> {
    this.#options.admission.shut();
    this.#reporter.end("closed");
    await this.#options.ended();
  }

  async #send(updates: readonly Update[]): Promise<void> {
    if (this.#batches) {
      try {
        const body = SetBatchActivationStatusRequest.encode({ updates: [...updates] }).finish();
        await this.#call(CONSUMER.SetBatchActivationStatus, body);
      } catch (error) {
        if (!isCallError(error) || error.code !== status.UNIMPLEMENTED) throw error;
        this.#batches = false;
      }
    }
    if (!this.#batches) {
      await Promise.all(updates.map((update) => this.#sendOne(update)));
    }
    // After the call: by then the reporter knows that it succeeded.
    setImmediate(() => this.#release());
  }

  async #sendOne(update: Update): Promise<void> {
    try {
      await this.#call(CONSUMER.SetTaskStatus, SetTaskStatusRequest.encode(update).finish());
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #call(method: RawMethod, body: Uint8Array): Promise<Buffer> {
    return this.#options.client.call(method, Buffer.from(body.buffer, body.byteOffset, body.byteLength), CALL_MS);
  }

  #release(): void {
    if (this.#reporter.failing || this.#withheld === 0) return;
    const count = this.#withheld;
    this.#withheld = 0;
    this.#options.admission.credit(count);
  }

  #failed(error: unknown): void {
    const { clock, log } = this.#options;
    if (clock.now() - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = clock.now();
    log.warn("the broker does not acknowledge outcomes of pushed work; taking no work until it does", {
      reason: failureOf(error),
    });
  }
}
