import type { ActivationHead } from "../../activation/activation.js";
import { decodeHead } from "../../activation/encoding/codec.js";
import type { Outcome, SessionPort } from "../../wire/session.js";

/** Wraps sessions; `ended` is called with every outcome and the head of its activation. */
export function watchedSessions(
  port: SessionPort,
  ended: (head: ActivationHead, outcome: Outcome) => void,
): SessionPort {
  return {
    async open(offer, events) {
      const heads = new Map<number, ActivationHead>();
      const session = await port.open(offer, {
        ...events,
        deliver: (deliveries) => {
          for (const { claim, activation } of deliveries) heads.set(claim, decodeHead(activation));
          events.deliver(deliveries);
        },
      });
      return {
        ...session,
        settle: (outcomes) => {
          for (const outcome of outcomes) {
            const head = heads.get(outcome.claim);
            heads.delete(outcome.claim);
            if (head !== undefined) ended(head, outcome);
          }
          return session.settle(outcomes);
        },
      };
    },
  };
}
