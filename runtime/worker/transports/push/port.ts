import type { Clock } from "../../../base/clock.js";
import type { Logger } from "../../../base/logger.js";
import type { Security } from "../../../wire/security/security.js";
import { unary } from "../../../wire/server/endpoint.js";
import { healthService } from "../../../wire/server/health-service.js";
import { serve } from "../../../wire/server/server.js";
import { WORKER } from "../../../wire/services.js";
import type { SessionPort } from "../../../wire/session.js";
import { UnaryClient } from "../../../wire/unary-client.js";
import { Admission } from "./admission.js";
import { PushSession } from "./session.js";

/** How long a close waits for pushes that are being answered, milliseconds. */
const CLOSE_MS = 1000;

export interface PushOptions {
  /** HOST:PORT where activations are pushed to; port 0 takes a free one. */
  readonly listen: string;
  /** HOST:PORT of the broker that outcomes are reported to. */
  readonly broker: string;
  readonly security: Security;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface PushPort extends SessionPort {
  /** HOST:PORT with the real port. */
  readonly address: string;
}

/**
 * Listens for a broker that pushes. Until a session is opened, and while no slot comes free, pushes are refused. The
 * session's close() ends the listening. Rejects with TlsError, or with TaskwireError `port_in_use` or `cannot_listen`.
 */
export async function listenForPushes({ listen, broker, security, clock, log }: PushOptions): Promise<PushPort> {
  const admission = new Admission(clock);
  const server = await serve({
    address: listen,
    flag: "--push-listen",
    exposes: "have tasks run",
    endpoints: [
      unary(WORKER.PushTask, (request, call) => admission.pushed(request, call)),
      ...healthService(admission, ["sentry_protos.taskbroker.v1.WorkerService"]),
    ],
    security,
    clock,
    logger: log,
  });
  return {
    address: server.address,
    open: async (offer, events) => {
      const client = new UnaryClient(broker, security);
      const ended = async () => {
        // The broker cannot know whether a push that is cut off was taken: at-most-once work would be lost.
        await server.close(CLOSE_MS);
        client.close();
      };
      return new PushSession({ client, admission, clock, log, offer, events, ended });
    },
  };
}
