import { status } from "@grpc/grpc-js";
import { clampDeadline } from "../../../activation/encoding/clamp.js";
import { messageOf } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import {
  decodeGetTask,
  decodeSetBatchActivationStatus,
  decodeSetTaskStatus,
  EMPTY_MESSAGE,
  encodeTask,
  RequestError,
  type StatusUpdate,
  type Wish,
} from "../../../wire/codec/consumer-codec.js";
import { type Endpoint, StatusError, type UnaryCall, unary } from "../../../wire/server/endpoint.js";
import { CONSUMER } from "../../../wire/services.js";
import type { Delivery } from "../../../wire/session.js";
import type { Conclusion } from "../../inflight/events.js";
import { BrokerStopsError } from "../errors.js";
import type { Fetches, OpenFetch } from "../fetches.js";

/** Names of the statuses that are not conclusions, in messages. */
const NO_CONCLUSIONS = ["Unspecified", "Pending", "Processing"];
const CONCLUSIONS = new Map<number, Conclusion["status"]>([
  [3, "failure"],
  [4, "retry"],
  [5, "complete"],
]);

interface ConsumerOptions {
  readonly fetches: Fetches;
  /** Applications that are pushed to and do not fetch. */
  readonly pushed: ReadonlySet<string>;
  /** How long an empty GetTask is held, milliseconds; 0: it is answered at once. */
  readonly hold: number;
  readonly logger: Logger;
}

/** ConsumerService of the taskbroker protocol, with the codes and messages of the Rust broker. */
export function consumerService({ fetches, pushed, hold, logger }: ConsumerOptions): Endpoint[] {
  // A wish for any application includes those that are pushed to.
  const isPushed = ({ application }: Wish) => (application === undefined ? pushed.size > 0 : pushed.has(application));
  // A namespace means nothing without its application.
  const isSatisfiable = ({ application, namespace }: Wish) => application !== undefined || namespace === undefined;

  /** Whether the answer must wait until the conclusions are on disk. */
  const conclude = (conclusions: readonly Conclusion[]): boolean => {
    try {
      return fetches.conclude(conclusions);
    } catch (error) {
      if (!(error instanceof BrokerStopsError)) throw error;
      throw new StatusError(status.UNAVAILABLE, error.message, { cause: error });
    }
  };
  /** Resolves when the conclusions are on disk. */
  const durable = async (failed: () => string) => {
    try {
      await fetches.durable();
    } catch (error) {
      logger.error("cannot store what workers reported", { error: messageOf(error) });
      throw new StatusError(status.INTERNAL, failed(), { cause: error });
    }
  };

  const stored = async (
    id: string,
    conclusion: Conclusion,
    fetch: OpenFetch | undefined,
    caller: UnaryCall,
  ): Promise<Uint8Array> => {
    try {
      await durable(() => `Unable to update status of ${JSON.stringify(id)} to ${titled(conclusion.status)}`);
    } catch (error) {
      fetch?.cancel();
      const lost = await fetch?.delivery;
      if (lost !== undefined) fetches.refused(lost.claim);
      throw error;
    }
    return nextTask(fetch, caller, fetches);
  };

  return [
    unary(CONSUMER.GetTask, async (body, caller) => {
      const wish = decoded(() => decodeGetTask(body));
      if (isPushed(wish)) throw new StatusError(status.PERMISSION_DENIED, "Cannot call while broker is in PUSH mode");
      const delivery = isSatisfiable(wish) ? await taken(fetches.fetch({ ...wish, hold }), caller, fetches) : undefined;
      if (delivery === undefined) throw new StatusError(status.NOT_FOUND, "No pending activations");
      return answer(delivery);
    }),

    unary(CONSUMER.SetTaskStatus, (body, caller) => {
      const update = decoded(() => decodeSetTaskStatus(body));
      const conclusion = conclusionOf(update);
      const waits = conclude([conclusion]);
      const { next } = update;
      // Fetched before the commit, so that one commit holds the conclusion and the claim.
      const fetch =
        next === undefined || isPushed(next) || !isSatisfiable(next) ? undefined : fetches.fetch({ ...next, hold: 0 });
      return waits ? stored(update.id, conclusion, fetch, caller) : nextTask(fetch, caller, fetches);
    }),

    unary(CONSUMER.SetBatchActivationStatus, async (body) => {
      const conclusions = decoded(() => decodeSetBatchActivationStatus(body)).map(conclusionOf);
      if (conclude(conclusions)) await durable(() => "Failed to set batch activation status");
      return EMPTY_MESSAGE;
    }),
  ];
}

/** The answer that gives what the fetch gets, at once if it got it at once. */
function nextTask(fetch: OpenFetch | undefined, caller: UnaryCall, fetches: Fetches): Uint8Array | Promise<Uint8Array> {
  if (fetch === undefined) return EMPTY_MESSAGE;
  if (fetch.answer === undefined || caller.cancelled) return taken(fetch, caller, fetches).then(taskOrNothing);
  return taskOrNothing(fetch.answer.delivery);
}

function taskOrNothing(delivery: Delivery | undefined): Uint8Array {
  return delivery === undefined ? EMPTY_MESSAGE : answer(delivery);
}

/** What the fetch gets. When the caller is gone, it goes back, and StatusError is thrown. */
async function taken(fetch: OpenFetch, caller: UnaryCall, fetches: Fetches): Promise<Delivery | undefined> {
  caller.onCancelled(() => fetch.cancel());
  if (caller.cancelled) fetch.cancel();
  const delivery = await fetch.delivery;
  if (!caller.cancelled) return delivery;
  if (delivery !== undefined) fetches.refused(delivery.claim);
  throw new StatusError(status.CANCELLED, "the caller is gone");
}

function answer({ activation, deadline }: Delivery): Buffer {
  return encodeTask(clampDeadline(activation, deadline));
}

function conclusionOf({ id, status: code, maxAttempts, delay }: StatusUpdate): Conclusion {
  const concluded = CONCLUSIONS.get(code);
  if (concluded !== undefined) return { id, status: concluded, maxAttempts, delay };
  const name = NO_CONCLUSIONS[code];
  throw new StatusError(
    status.INVALID_ARGUMENT,
    name === undefined
      ? `Unable to deserialize status: UnknownEnumValue(${code})`
      : `Invalid status, expects 3 (Failure), 4 (Retry), or 5 (Complete), but got: ${name}`,
  );
}

function titled(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

function decoded<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new StatusError(status.INTERNAL, error.message, { cause: error });
  }
}
