import { Client, type ClientUnaryCall, connectivityState, type ServiceError, status } from "@grpc/grpc-js";
import { Backoff } from "../../../base/backoff.js";
import type { Clock } from "../../../base/clock.js";
import type { Logger } from "../../../base/logger.js";
import { cut } from "../../../base/text.js";
import { encodeTask } from "../../../wire/codec/consumer-codec.js";
import { channelCredentials } from "../../../wire/security/channel-credentials.js";
import { proxyOptions } from "../../../wire/security/proxy.js";
import type { Security } from "../../../wire/security/security.js";
import { CHANNEL_OPTIONS, WORKER } from "../../../wire/services.js";
import { callMetadata } from "../../../wire/unary-client.js";

/** After this time without an answer a push counts as unanswered. */
const ANSWER_MS = 10_000;
/** Most pushes to one address that wait for their answer at a time. */
const WIDEST_WINDOW = 32;
/** A worker that takes longer to accept is busy: it gets fewer pushes at a time. */
const PROMPT_MS = 1000;
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 20_000;
/** Characters of an answer that are kept. */
const LONGEST_DETAILS = 500;

/** With one of these the worker did not take the activation. Any other error leaves that open. */
const REFUSALS: ReadonlySet<status> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.RESOURCE_EXHAUSTED,
  status.FAILED_PRECONDITION,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
]);

/** What is known of an address that is pushed to. */
export interface TargetState {
  readonly address: string;
  readonly connected: boolean;
  /** Pushes that wait for their answer, and the most at a time. */
  readonly pushing: number;
  readonly window: number;
  /** When it is tried again; undefined: it is not backing off. */
  readonly retryAt: number | undefined;
  /** The last answer, and when it came; undefined: there was none. */
  readonly last: { readonly result: PushResult; readonly details: string; readonly at: number } | undefined;
}

type PushResult = "accepted" | "refused" | "unanswered";

/**
 * One address that activations are pushed to. It gets as many at a time as it accepts promptly. After a refusal or a
 * push without an answer it gets none for a while, longer each time, and none while it is unreachable.
 */
export class Target {
  readonly address: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #security: Security;
  readonly #changed: () => void;
  readonly #client: Client;
  #connected = false;
  /** Whether it is reachable, as last logged; undefined: not logged yet. */
  #loggedReachable: boolean | undefined;
  readonly #calls = new Set<ClientUnaryCall>();
  #window = 1;
  #last: TargetState["last"];
  #retryAt: number | undefined;
  readonly #backoff = new Backoff(FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS);
  /** Set while it backs off. */
  #cancelBackoff: (() => void) | undefined;
  #closed = false;

  /** `changed` is called when it has room again or has lost it. */
  constructor(address: string, clock: Clock, logger: Logger, security: Security, changed: () => void) {
    this.address = address;
    this.#clock = clock;
    this.#logger = logger;
    this.#security = security;
    this.#changed = changed;
    this.#client = new Client(address, channelCredentials(security), {
      ...CHANNEL_OPTIONS,
      ...proxyOptions(address),
      "grpc.initial_reconnect_backoff_ms": FIRST_BACKOFF_MS,
      "grpc.max_reconnect_backoff_ms": LONGEST_BACKOFF_MS,
    });
    this.#watch();
  }

  /** Pushes that wait for their answer. */
  get pushing(): number {
    return this.#calls.size;
  }

  /** How many more pushes it takes now. */
  get room(): number {
    if (!this.#connected || this.#cancelBackoff !== undefined) return 0;
    return Math.max(0, Math.floor(this.#window) - this.#calls.size);
  }

  get state(): TargetState {
    return {
      address: this.address,
      connected: this.#connected,
      pushing: this.#calls.size,
      window: Math.floor(this.#window),
      retryAt: this.#retryAt,
      last: this.#last,
    };
  }

  push(activation: Uint8Array): Promise<PushResult> {
    const { path, requestSerialize, responseDeserialize } = WORKER.PushTask;
    const body = encodeTask(activation);
    const since = this.#clock.now();
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        body,
        callMetadata(this.#security, path, body),
        (error) => {
          cancelTimeout();
          this.#calls.delete(call);
          const result = resultOf(error);
          const details = error === null ? "" : `${status[error.code]}: ${cut(error.details, LONGEST_DETAILS)}`;
          this.#last = { result, details, at: this.#clock.now() };
          if (result === "accepted") this.#accepted(this.#clock.now() - since);
          else this.#notAccepted(result, error);
          resolve(result);
          this.#changed();
        },
      );
      this.#calls.add(call);
      const cancelTimeout = this.#clock.after(ANSWER_MS, () => call.cancel());
    });
  }

  /** Pushes without an answer end as unanswered. */
  close(): void {
    this.#closed = true;
    this.#connected = false;
    this.#cancelBackoff?.();
    for (const call of [...this.#calls]) call.cancel();
    this.#client.close();
  }

  #accepted(took: number): void {
    if (took > PROMPT_MS) this.#narrow();
    else this.#window = Math.min(WIDEST_WINDOW, this.#window + 1 / this.#window);
    this.#backoff.reset();
  }

  #notAccepted(result: PushResult, error: ServiceError | null): void {
    this.#narrow();
    if (this.#closed || this.#cancelBackoff !== undefined) return;
    const wait = this.#backoff.next();
    this.#logger.warn(`push ${result}; backing off`, {
      address: this.address,
      status: error === null ? "OK" : status[error.code],
      details: error?.details,
      retryInMs: Math.round(wait),
    });
    this.#retryAt = this.#clock.now() + wait;
    this.#cancelBackoff = this.#clock.after(wait, () => {
      this.#cancelBackoff = undefined;
      this.#retryAt = undefined;
      this.#changed();
    });
  }

  #narrow(): void {
    this.#window = Math.max(1, this.#window / 2);
  }

  /** Follows the channel, which reconnects by itself with its own backoff. */
  #watch(): void {
    if (this.#closed) return;
    const channel = this.#client.getChannel();
    const state = channel.getConnectivityState(true);
    const connected = state === connectivityState.READY;
    if (connected !== this.#connected) {
      this.#connected = connected;
      this.#changed();
    }
    if (connected || state === connectivityState.TRANSIENT_FAILURE) this.#logReachable(connected);
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.#watch());
  }

  #logReachable(reachable: boolean): void {
    if (reachable === this.#loggedReachable) return;
    this.#loggedReachable = reachable;
    const fields = { address: this.address, tls: this.#security.tls !== undefined };
    if (reachable) this.#logger.info("push target is reachable", fields);
    else this.#logger.warn("push target is unreachable; retrying", fields);
  }
}

function resultOf(error: ServiceError | null): PushResult {
  if (error === null) return "accepted";
  return REFUSALS.has(error.code) ? "refused" : "unanswered";
}
