import { type handleBidiStreamingCall, type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import { messageOf } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import {
  decodeFromWorker,
  decodeOpenRequest,
  encodeOpened,
  type FromWorker,
  SessionProtocolError,
} from "../../../wire/codec/session-codec.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../../wire/limits.js";
import { type Endpoint, StatusError, stream, unary } from "../../../wire/server/endpoint.js";
import { SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "../../../wire/services.js";
import type { Session } from "../../../wire/session.js";
import { SessionRefusedError, type Sessions, SessionsFullError } from "../sessions.js";
import { AttachedStream } from "./attached-stream.js";

/** At this many messages that wait for the disk, no further ones of the worker are read. */
const UNSETTLED = 1024;

/** taskwire.v1.Sessions. */
export function sessionsService(sessions: Sessions, clock: Clock, logger: Logger): Endpoint[] {
  return [
    unary(SESSIONS.Open, (request, { secret }) => open(request, secret, sessions, logger)),
    stream(SESSIONS.Attach, attachHandler(sessions, clock, logger)),
  ];
}

/** Admits a worker; with the answer it can open one stream. */
function open(request: Buffer, secret: string | undefined, sessions: Sessions, logger: Logger): Buffer {
  try {
    const offer = decodeOpenRequest(request);
    const { id, token, valid } = sessions.admit(offer, secret);
    logger.info("session opened", {
      session: id,
      worker: offer.worker,
      application: offer.application,
      tasks: offer.tasks.length,
      held: offer.held.length,
      valid: valid.length,
    });
    return encodeOpened({
      session: id,
      token,
      valid,
      maxBatchActivations: BATCH_ACTIVATIONS,
      maxBatchBytes: BATCH_BYTES,
    });
  } catch (error) {
    throw new StatusError(codeOf(error), messageOf(error), { cause: error });
  }
}

/** The stream of a session that was opened before. */
function attachHandler(sessions: Sessions, clock: Clock, logger: Logger): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const id = String(call.metadata.get(SESSION_METADATA)[0] ?? "");
    const token = Buffer.from(String(call.metadata.get(TOKEN_METADATA)[0] ?? ""), "hex");
    let ended = false;
    /** With a status, the stream ends with it. */
    const lost = (reason: string, code?: status) => {
      if (ended) return;
      ended = true;
      logger.warn("session lost", { session: id, reason });
      if (code === undefined) attached.end();
      else attached.fail(code, reason);
      sessions.lost(id, reason);
    };
    const attached = new AttachedStream(call, clock, {
      overflow: (claims) => session.giveBack(claims),
      credit: (count) => session.credit(count),
      stalled: () => lost("the worker does not read its stream", status.RESOURCE_EXHAUSTED),
    });
    let session: Session;
    try {
      session = sessions.attach(id, token, {
        deliver: (deliveries) => attached.deliver(deliveries),
        lost: (reason) => lost(reason, status.UNAVAILABLE),
      });
    } catch (error) {
      attached.fail(codeOf(error), messageOf(error));
      return;
    }
    const receiving = new Receiving(call, session, attached, (reason) => lost(reason, status.UNAVAILABLE));
    call.on("data", (bytes: Buffer) => {
      try {
        if (!receiving.take(bytes) || ended) return;
        ended = true;
        attached.end();
        logger.info("session closed", { session: id });
        session.close().catch((error: unknown) => logger.error("cannot close a session", { error: messageOf(error) }));
      } catch (error) {
        lost(messageOf(error), codeOf(error));
      }
    });
    call.on("cancelled", () => lost("the worker's connection ended"));
    call.on("error", (error) => lost(error.message));
    call.on("end", () => {
      lost("the worker's stream ended");
      call.end();
    });
  };
}

/** The receiving half of a stream. */
class Receiving {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  readonly #session: Session;
  readonly #attached: AttachedStream;
  readonly #failed: (reason: string) => void;
  /** Messages that are not settled yet, in order. */
  readonly #unsettled = new Set<number>();
  #last = 0;

  constructor(
    call: ServerDuplexStream<Buffer, Buffer>,
    session: Session,
    attached: AttachedStream,
    failed: (reason: string) => void,
  ) {
    this.#call = call;
    this.#session = session;
    this.#attached = attached;
    this.#failed = failed;
  }

  /** Returns whether it was the last message. */
  take(bytes: Buffer): boolean {
    const session = this.#session;
    const message = decodeFromWorker(bytes);
    // Acknowledged below, when everything given back until then is on disk.
    const failed = (error: unknown) => this.#failed(messageOf(error));
    if (message.draining) session.drain().catch(failed);
    if (message.withdrawn) {
      this.#attached.withdraw();
      session.withdraw().catch(failed);
    }
    if (message.started.length > 0) session.started(message.started);
    if (message.returned.length > 0) session.giveBack(message.returned);
    if (message.outcomes.length > 0 || message.draining || message.withdrawn) this.#settle(message);
    if (message.credit > 0) this.#attached.credit(message.credit);
    return message.closing;
  }

  #settle({ number, outcomes }: FromWorker): void {
    const unsettled = this.#unsettled;
    unsettled.add(number);
    this.#last = number;
    if (unsettled.size === UNSETTLED) this.#call.pause();
    this.#session
      .settle(outcomes)
      .finally(() => {
        unsettled.delete(number);
        if (unsettled.size === UNSETTLED - 1) this.#call.resume();
      })
      .then(
        () => this.#acknowledge(number),
        (error: unknown) => this.#failed(messageOf(error)),
      );
  }

  /** Messages settle in order, except those that wait for their activations to be read again after a start. */
  #acknowledge(number: number): void {
    const [oldest] = this.#unsettled;
    const upTo = oldest === undefined ? this.#last : oldest - 1;
    if (number <= upTo) this.#attached.acknowledge(upTo);
    else this.#attached.acknowledgeAlone(number);
  }
}

function codeOf(error: unknown): status {
  if (error instanceof SessionRefusedError) return status.UNAUTHENTICATED;
  if (error instanceof SessionsFullError) return status.RESOURCE_EXHAUSTED;
  if (error instanceof SessionProtocolError) return status.INVALID_ARGUMENT;
  return status.INTERNAL;
}
