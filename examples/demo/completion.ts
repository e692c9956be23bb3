import { setTimeout as sleep } from "node:timers/promises";
import { type BrokerStatus, fetchBrokerStatus, isQuiet } from "./broker-status.js";
import { DemoError } from "./errors.js";

const LOOK_EVERY_MS = 30;
/** A child may be appended between the two looks that make one status: one quiet status alone proves nothing. */
const QUIET_IN_A_ROW = 2;

export interface Waiting {
  /** HOST:PORT of the broker's HTTP services. */
  readonly http: string;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Called at each look. */
  readonly look?: () => void;
}

/** Resolves with the broker's status when it holds no work and has read its log. Throws DemoError after the timeout, and the signal's reason. */
export async function brokerQuiet({ http, timeout, signal, look }: Waiting): Promise<BrokerStatus> {
  const until = performance.now() + timeout;
  for (let quiet = 0; ; ) {
    const status = await fetchBrokerStatus(http);
    signal.throwIfAborted();
    look?.();
    quiet = isQuiet(status) ? quiet + 1 : 0;
    if (quiet === QUIET_IN_A_ROW) return status;
    if (performance.now() > until) {
      const counts = [...status.counts].map(([state, count]) => `${state} ${count}`).join(", ");
      throw new DemoError(
        `after ${timeout / 1000} s the broker still has work in flight: ${counts}, unread records ${status.lag}`,
      );
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
