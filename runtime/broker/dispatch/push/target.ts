import { Client, type ClientUnaryCall, connectivityState, type ServiceError, status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import type { Logger } from "../../../base/logger.js";
import { encodeTask } from "../../../wire/codec/consumer-codec.js";
import { channelCredentials } from "../../../wire/security/channel-credentials.js";
import { proxyOptions } from "../../../wire/security/proxy.js";
import type { Security } from "../../../wire/security/security.js";
import { CHANNEL_OPTIONS, WORKER } from "../../../wire/services.js";
import { callMetadata } from "../../../wire/unary-client.js";

/** A push that has no answer after so long is unanswered. */
const ANSWER_MS = 10_000;
/** Pushes to one address that wait for their answer, at most. */
const WIDEST_WINDOW = 32;
/** A worker that takes longer to accept has no room: fewer pushes at a time. */
const PROMPT_MS = 1000;
const FIRST_REST_MS = 100;
const LONGEST_REST_MS = 20_000;

/** The worker answered with one of these: it did not take the activation. Any other error leaves that open. */
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

export type PushResult = "accepted" | "refused" | "unanswered";

/**
 * One address that activations are pushed to. It takes as many at a time as it accepts promptly; after a refusal or a
 * silence it rests, longer each time, and while it cannot be reached it takes none.
 */
export class Target {
  readonly address: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #security: Security;
  readonly #changed: () => void;
  readonly #client: Client;
  #connected = false;
  /** Whether it can be reached, as the log says. */
  #told: boolean | undefined;
  readonly #calls = new Set<ClientUnaryCall>();
  #window = 1;
  #rests = 0;
  #cancelRest: (() => void) | undefined;
  #closed = false;

  /** `changed` is called when it may take more, or no more. */
  constructor(address: string, clock: Clock, logger: Logger, security: Security, changed: () => void) {
    this.address = address;
    this.#clock = clock;
    this.#logger = logger;
    this.#security = security;
    this.#changed = changed;
    this.#client = new Client(address, channelCredentials(security), {
      ...CHANNEL_OPTIONS,
      ...proxyOptions(address),
      "grpc.initial_reconnect_backoff_ms": FIRST_REST_MS,
      "grpc.max_reconnect_backoff_ms": LONGEST_REST_MS,
    });
    this.#watch();
  }

  /** Pushes that wait for their answer. */
  get pushing(): number {
    return this.#calls.size;
  }

  /** How many pushes it takes now. */
  get room(): number {
    if (!this.#connected || this.#cancelRest !== undefined) return 0;
    return Math.max(0, Math.floor(this.#window) - this.#calls.size);
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

  /** Pushes that have no answer yet end as unanswered. */
  close(): void {
    this.#closed = true;
    this.#connected = false;
    this.#cancelRest?.();
    for (const call of [...this.#calls]) call.cancel();
    this.#client.close();
  }

  #accepted(took: number): void {
    if (took > PROMPT_MS) this.#narrow();
    else this.#window = Math.min(WIDEST_WINDOW, this.#window + 1 / this.#window);
    this.#rests = 0;
  }

  #notAccepted(result: PushResult, error: ServiceError | null): void {
    this.#narrow();
    if (this.#closed || this.#cancelRest !== undefined) return;
    const wait = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** this.#rests) * (0.5 + Math.random() / 2);
    this.#rests = Math.min(this.#rests + 1, 30);
    this.#logger.warn(`a push was ${result}; the worker gets a rest`, {
      address: this.address,
      status: error === null ? "OK" : status[error.code],
      details: error?.details,
      rest: Math.round(wait),
    });
    this.#cancelRest = this.#clock.after(wait, () => {
      this.#cancelRest = undefined;
      this.#changed();
    });
  }

  #narrow(): void {
    this.#window = Math.max(1, this.#window / 2);
  }

  /** The channel connects again by itself, with its own backoff. */
  #watch(): void {
    if (this.#closed) return;
    const channel = this.#client.getChannel();
    const state = channel.getConnectivityState(true);
    const connected = state === connectivityState.READY;
    if (connected !== this.#connected) {
      this.#connected = connected;
      this.#changed();
    }
    if (connected || state === connectivityState.TRANSIENT_FAILURE) this.#tell(connected);
    channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => this.#watch());
  }

  #tell(reachable: boolean): void {
    if (reachable === this.#told) return;
    this.#told = reachable;
    const fields = { address: this.address, tls: this.#security.tls !== undefined };
    if (reachable) this.#logger.info("a worker can be pushed to", fields);
    else this.#logger.warn("a worker that is pushed to cannot be reached; trying again and again", fields);
  }
}

function resultOf(error: ServiceError | null): PushResult {
  if (error === null) return "accepted";
  return REFUSALS.has(error.code) ? "refused" : "unanswered";
}
