import { connectivityState, status } from "@grpc/grpc-js";
import { Backoff } from "../../../base/backoff.js";
import type { Clock } from "../../../base/clock.js";
import { newId } from "../../../base/ids.js";
import { isCallError } from "../../../wire/call-error.js";
import { decodeTask } from "../../../wire/codec/consumer-codec.js";
import { type FetchNextTask, GetTaskRequest, SetTaskStatusRequest } from "../../../wire/proto/taskbroker.js";
import { CONSUMER, type RawMethod } from "../../../wire/services.js";
import type { Outcome, Session, SessionEvents, SessionOffer } from "../../../wire/session.js";
import type { UnaryClient } from "../../../wire/unary-client.js";
import { SessionEndedError } from "../../errors.js";
import { Waiters } from "../../waiters.js";
import { localDelivery } from "../local-claims.js";
import { failureOf, isNotFound, Reporter, settleByIds } from "../reporter.js";

/** Deadline of a call, milliseconds. A Taskwire broker holds a fetch for up to a second. */
const CALL_MS = 10_000;
/** Waits between fetches that return nothing, milliseconds. */
const FIRST_EMPTY_MS = 25;
const LONGEST_EMPTY_MS = 1000;
/** Most calls at once, of each kind. */
const MOST_CALLS = 64;
/** Failed calls in a row that end the session; one that does not reach the broker ends it at once. */
const FAILURES = 3;

interface PullOptions {
  readonly client: UnaryClient;
  readonly clock: Clock;
  readonly offer: SessionOffer;
  /** Only activations of this namespace; undefined: of any. */
  readonly namespace: string | undefined;
  readonly events: SessionEvents;
}

/**
 * A session with a broker that has none: credit becomes GetTask calls, outcomes become SetTaskStatus calls that also
 * fetch the next activation. While the broker has no work, it is polled by one call at a time, about once a second.
 */
export class PullSession implements Session {
  readonly id = newId();
  readonly valid: readonly number[];
  readonly withoutClaims = true;
  readonly #options: PullOptions;
  readonly #wish: FetchNextTask;
  readonly #ids: Map<number, string>;
  readonly #reporter: Reporter;
  readonly #empty = new Backoff(FIRST_EMPTY_MS, LONGEST_EMPTY_MS);
  #credit = 0;
  #fetching = 0;
  #withdrawing = false;
  #leaving = false;
  /** Fetches at once: one while there is no work, doubled by each that returns some. */
  #width = 1;
  #cancelRest: (() => void) | undefined;
  #failures = 0;
  #ended: string | undefined;
  readonly #waiters = new Waiters();

  constructor(options: PullOptions) {
    const { offer, namespace, clock } = options;
    this.#options = options;
    this.#wish = { application: offer.application, namespace };
    this.valid = offer.held.map(({ claim }) => claim);
    this.#ids = new Map(offer.held.map(({ claim, id }) => [claim, id]));
    this.#reporter = new Reporter(
      { clock, most: 1, send: ([update]) => this.#send(update), failed: (error) => this.#failed(error) },
      Math.min(MOST_CALLS, Math.max(1, offer.slots)),
    );
    this.#watch();
  }

  credit(count: number): void {
    this.#credit += count;
    this.#pump();
  }

  /** Waits for open fetches: an activation in an answer that nobody reads would be lost until its deadline. */
  async withdraw(): Promise<void> {
    this.#withdrawing = true;
    while (this.#fetching > 0 && this.#ended === undefined) {
      await this.#waiters.next();
    }
    this.#withdrawing = false;
    this.#credit = 0;
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

  drain(): Promise<void> {
    return this.withdraw();
  }

  async close(): Promise<void> {
    this.#end("closed");
  }

  #pump(): void {
    if (this.#ended !== undefined || this.#leaving || this.#withdrawing || this.#cancelRest !== undefined) return;
    // Outcomes that the broker does not take must not accumulate.
    if (this.#reporter.failing) return;
    const width = Math.min(this.#width, MOST_CALLS, Math.max(1, this.#options.offer.slots));
    while (this.#credit > 0 && this.#fetching < width) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.#asks();
    try {
      this.#answered(await this.#call(CONSUMER.GetTask, GetTaskRequest.encode(this.#wish).finish()));
    } catch (error) {
      this.#credit += 1;
      this.#nothing();
      if (!isNotFound(error)) this.#failed(error);
    } finally {
      this.#asked();
    }
  }

  async #send(update: SetTaskStatusRequest | undefined): Promise<void> {
    if (update === undefined) return;
    const fetches = this.#credit > 0 && !this.#withdrawing && !this.#leaving;
    if (fetches) this.#asks();
    try {
      const request = fetches ? { ...update, fetchNextTask: this.#wish } : update;
      const answer = await this.#call(CONSUMER.SetTaskStatus, SetTaskStatusRequest.encode(request).finish());
      if (fetches) this.#answered(answer);
      else this.#pump();
    } catch (error) {
      if (fetches) this.#credit += 1;
      throw error;
    } finally {
      if (fetches) this.#asked();
    }
  }

  async #call(method: RawMethod, body: Uint8Array): Promise<Buffer> {
    if (this.#ended !== undefined) throw new SessionEndedError(this.#ended);
    const answer = await this.#options.client.call(
      method,
      Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      CALL_MS,
    );
    this.#failures = 0;
    return answer;
  }

  #asks(): void {
    this.#credit -= 1;
    this.#fetching += 1;
  }

  #asked(): void {
    this.#fetching -= 1;
    this.#waiters.notify();
    if (this.#leaving) this.#leave();
    else this.#pump();
  }

  #answered(answer: Buffer): void {
    const task = decodeTask(answer);
    if (task === undefined) {
      this.#credit += 1;
      this.#nothing();
      return;
    }
    this.#empty.reset();
    this.#width = Math.min(this.#width * 2, MOST_CALLS);
    const { id, delivery } = localDelivery(task);
    this.#ids.set(delivery.claim, id);
    this.#options.events.deliver([delivery]);
  }

  #nothing(): void {
    this.#width = 1;
    if (this.#cancelRest !== undefined || this.#ended !== undefined) return;
    this.#cancelRest = this.#options.clock.after(this.#empty.next(), () => {
      this.#cancelRest = undefined;
      this.#pump();
    });
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    const unreachable = isCallError(error) && error.code === status.UNAVAILABLE;
    if (!unreachable && this.#failures < FAILURES) return;
    this.#lose(failureOf(error));
  }

  /** When the connection ends, another broker may be behind the address, perhaps one with sessions. */
  #watch(): void {
    const channel = this.#options.client.channel.getChannel();
    const state = channel.getConnectivityState(false);
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, (error) => {
      if (error !== undefined || this.#ended !== undefined) return;
      if (state === connectivityState.READY) this.#leave();
      else this.#watch();
    });
  }

  /** Ends the session once every fetch is answered. */
  #leave(): void {
    this.#leaving = true;
    if (this.#fetching === 0) this.#lose("the connection ended");
  }

  #lose(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#options.events.lost(reason);
    this.#end(reason);
  }

  #end(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    this.#cancelRest?.();
    this.#reporter.end(reason);
    this.#options.client.close();
    this.#waiters.notify();
  }
}
