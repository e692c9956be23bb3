import { setTimeout as sleep } from "node:timers/promises";
import { type BrokerStatus, fetchBrokerStatus, isQuiet } from "./broker-status.js";
import { DemoError } from "./errors.js";

const LOOK_EVERY_MS = 30;
/** A status takes two reads, and a child task may be appended between them, so one quiet status is not enough. */
const QUIET_IN_A_ROW = 2;

export interface Waiting {
  /** HOST:PORT of the broker's HTTP services. */
  readonly http: string;
  /** Of its console, if it serves one. */
  readonly token?: string | undefined;
  /** Milliseconds until the wait fails. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  /** Called after each status. */
  readonly look?: () => void;
}

/**
 * Resolves with the broker's status when nothing is in flight and the log has been read. Throws DemoError after the
 * timeout, and the signal's reason.
 */
export async function brokerQuiet({ http, token, timeout, signal, look }: Waiting): Promise<BrokerStatus> {
  const until = performance.now() + timeout;
  for (let quiet = 0; ; ) {
    const status = await fetchBrokerStatus(http, token);
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
