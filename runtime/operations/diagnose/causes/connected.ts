import type { SessionStatus } from "../../status/document.js";
import type { Pool } from "../finding.js";

/** A worker that is connected to some broker of the pool. `processing` and `credit` are sums. */
export type Connected = SessionStatus;

/** Each worker once, however many brokers it is connected to. */
export function connectedTo({ brokers }: Pool): Connected[] {
  const byWorker = new Map<string, SessionStatus>();
  for (const { status } of brokers) {
    for (const session of status.sessions) {
      if (session.lost) continue;
      const known = byWorker.get(session.worker);
      const merged =
        known === undefined
          ? session
          : {
              ...session,
              processing: known.processing + session.processing,
              credit: known.credit + session.credit,
              draining: known.draining && session.draining,
              drained: known.drained && session.drained,
              vitals: session.vitals ?? known.vitals,
            };
      byWorker.set(session.worker, merged);
    }
  }
  return [...byWorker.values()];
}

const SHORT_ID = 8;

/** "4b565f2d on app1". */
export function nameOf({ worker, about }: SessionStatus): string {
  const id = /^[0-9a-f]{32}$/.test(worker) ? worker.slice(0, SHORT_ID) : worker;
  return about === null || about.host === "" ? id : `${id} on ${about.host}`;
}

/** It takes no more work: it stops, or an operator drained it. */
export function takesNoMore({ draining, drained }: Connected): boolean {
  return draining || drained;
}
