import { type Clock, systemClock } from "../../../base/clock.js";
import type { Security } from "../../../wire/security/security.js";
import type { SessionEvents, SessionOffer, SessionPort } from "../../../wire/session.js";
import { UnaryClient } from "../../../wire/unary-client.js";
import { NoSessionsError } from "../../errors.js";
import { isLocalClaim } from "../local-claims.js";
import { brokerSession } from "../stream/port.js";
import { PullSession } from "./session.js";
import { UpgradedSession } from "./upgraded-session.js";

export interface AnyBrokerOptions {
  /** From a broker without sessions, only activations of this namespace. Default: of all. */
  readonly namespace?: string | undefined;
  readonly clock?: Clock;
}

/**
 * The broker at HOST:PORT, ours or another one of the taskbroker protocol. It is asked for a session at each opening
 * and polled if it has none.
 */
export function anyBroker(address: string, security: Security = {}, options: AnyBrokerOptions = {}): SessionPort {
  const sessions = brokerSession(address, security);
  const clock = options.clock ?? systemClock();
  const pull = (offer: SessionOffer, events: SessionEvents) => {
    const client = new UnaryClient(address, security);
    return new PullSession({ client, clock, offer, namespace: options.namespace, events });
  };
  return {
    async open(offer, events) {
      const pulled = offer.held.filter(({ claim }) => isLocalClaim(claim));
      const streamed = offer.held.filter(({ claim }) => !isLocalClaim(claim));
      let reporting: PullSession | undefined;
      try {
        if (pulled.length === 0) return await sessions.open(offer, events);
        const reports = pull({ ...offer, held: pulled }, { deliver: () => {}, cancel: () => {}, lost: () => {} });
        reporting = reports;
        const lost = (reason: string) => {
          void reports.close();
          events.lost(reason);
        };
        const stream = await sessions.open({ ...offer, held: streamed }, { ...events, lost });
        return new UpgradedSession(stream, reports);
      } catch (error) {
        await reporting?.close();
        if (!(error instanceof NoSessionsError)) throw error;
        return pull(offer, events);
      }
    },
  };
}
