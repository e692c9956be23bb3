import { type handleBidiStreamingCall, status } from "@grpc/grpc-js";
import type { Clock } from "../../../base/clock.js";
import { messageOf } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import { decodeOpenRequest, encodeOpened, SessionProtocolError } from "../../../wire/codec/session-codec.js";
import { BATCH_ACTIVATIONS, BATCH_BYTES } from "../../../wire/limits.js";
import { type Endpoint, StatusError, stream, unary } from "../../../wire/server/endpoint.js";
import { SESSION_METADATA, SESSIONS, TOKEN_METADATA } from "../../../wire/services.js";
import type { Session } from "../../../wire/session.js";
import { SessionRefusedError, SessionsFullError } from "../errors.js";
import type { Sessions } from "../sessions.js";
import { AttachedStream } from "./attached-stream.js";
import { ReceivedMessages } from "./received-messages.js";

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
        cancel: (claims) => attached.cancel(claims),
        lost: (reason) => lost(reason, status.UNAVAILABLE),
      });
    } catch (error) {
      attached.fail(codeOf(error), messageOf(error));
      return;
    }
    const received = new ReceivedMessages(call, session, attached, (reason) => lost(reason, status.UNAVAILABLE));
    call.on("data", (bytes: Buffer) => {
      try {
        if (!received.receive(bytes) || ended) return;
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

function codeOf(error: unknown): status {
  if (error instanceof SessionRefusedError) return status.UNAUTHENTICATED;
  if (error instanceof SessionsFullError) return status.RESOURCE_EXHAUSTED;
  if (error instanceof SessionProtocolError) return status.INVALID_ARGUMENT;
  return status.INTERNAL;
}
