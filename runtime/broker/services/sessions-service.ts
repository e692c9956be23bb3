import { type handleBidiStreamingCall, type ServerDuplexStream, status } from "@grpc/grpc-js";
import { messageOf } from "../../base/errors.js";
import { failpoint } from "../../base/failpoint.js";
import type { Logger } from "../../base/logger.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../wire/limits.js";
import { SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "../../wire/services.js";
import type { Delivery, Session } from "../../wire/session.js";
import {
  decodeFromWorker,
  decodeOpenRequest,
  encodeFromBroker,
  encodeOpened,
  SessionProtocolError,
} from "../../wire/session-codec.js";
import { SessionRefusedError, type Sessions } from "../sessions.js";
import { type Endpoint, StatusError, stream, unary } from "./endpoint.js";

/** taskwire.v1.Sessions. */
export function sessionsService(sessions: Sessions, logger: Logger): Endpoint[] {
  return [
    unary(SESSIONS.Open, (request) => open(request, sessions, logger)),
    stream(SESSIONS.Attach, attachHandler(sessions, logger)),
  ];
}

/** Admits a worker; the answer opens one stream. */
function open(request: Buffer, sessions: Sessions, logger: Logger): Buffer {
  try {
    const offer = decodeOpenRequest(request);
    const { id, token, valid } = sessions.admit(offer);
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
function attachHandler(sessions: Sessions, logger: Logger): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    const id = String(call.metadata.get(SESSION_METADATA)[0] ?? "");
    const token = Buffer.from(String(call.metadata.get(TOKEN_METADATA)[0] ?? ""), "hex");
    const attached = new AttachedStream(call);
    let session: Session;
    try {
      session = sessions.attach(id, token, {
        deliver: (deliveries) => attached.deliver(deliveries),
        lost: (reason) => attached.fail(status.UNAVAILABLE, reason),
      });
    } catch (error) {
      attached.fail(codeOf(error), messageOf(error));
      return;
    }
    let ended = false;
    const closed = () => {
      if (ended) return;
      ended = true;
      logger.info("session closed", { session: id });
      void session.close();
    };
    const lost = (reason: string) => {
      if (ended) return;
      ended = true;
      logger.warn("session lost", { session: id, reason });
      sessions.lost(id, reason);
    };
    call.on("data", (bytes: Buffer) => {
      try {
        if (take(bytes, session, attached)) closed();
      } catch (error) {
        attached.fail(codeOf(error), messageOf(error));
        lost(messageOf(error));
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

/** True when it was the last message. */
function take(bytes: Buffer, session: Session, stream: AttachedStream): boolean {
  const message = decodeFromWorker(bytes);
  // Acknowledged below, with what was given back until then on disk.
  if (message.draining) void session.drain();
  if (message.started.length > 0) session.started(message.started);
  if (message.returned.length > 0) session.giveBack(message.returned);
  if (message.outcomes.length > 0 || message.draining) {
    session.settle(message.outcomes).then(
      () => stream.acknowledge(message.number),
      (error: unknown) => stream.fail(status.UNAVAILABLE, messageOf(error)),
    );
  }
  if (message.credit > 0) session.credit(message.credit);
  return message.closing;
}

/** The sending half of a stream: what one turn of the event loop produces goes out in one message a batch. */
class AttachedStream {
  readonly #call: ServerDuplexStream<Buffer, Buffer>;
  #acknowledged = 0;
  #sent = 0;
  #scheduled = false;
  #ended = false;

  constructor(call: ServerDuplexStream<Buffer, Buffer>) {
    this.#call = call;
  }

  deliver(deliveries: readonly Delivery[]): void {
    this.#write(deliveries);
  }

  acknowledge(number: number): void {
    if (number > this.#acknowledged) this.#acknowledged = number;
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#acknowledged > this.#sent) this.#write([]);
      failpoint("outcomes.acknowledged");
    });
  }

  fail(code: status, details: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#call.emit("error", { code, details });
  }

  #write(deliveries: readonly Delivery[]): void {
    if (this.#ended) return;
    const acknowledged = this.#acknowledged > this.#sent ? this.#acknowledged : 0;
    this.#sent = this.#acknowledged;
    this.#call.write(encodeFromBroker({ deliveries, acknowledged }));
  }
}

function codeOf(error: unknown): status {
  if (error instanceof SessionRefusedError) return status.UNAUTHENTICATED;
  if (error instanceof SessionProtocolError) return status.INVALID_ARGUMENT;
  return status.INTERNAL;
}
