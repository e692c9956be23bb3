import { setTimeout as sleep } from "node:timers/promises";
import type { RateStore } from "../sampling/rate-store.js";
import { type BrokerStatus, fetchBrokerStatus, isQuiet } from "./broker-status.js";
import { DemoError } from "./errors.js";
import { bar, type Progress } from "./progress.js";
import type { Receiver } from "./receiver.js";

const LOOK_EVERY_MS = 50;

export interface Expectation {
  readonly store: Pick<RateStore, "rateCount">;
  readonly receiver: Pick<Receiver, "delivered" | "refusals">;
  /** Rates that must be stored. */
  readonly rates: number;
  /** Organizations whose webhook must be delivered. */
  readonly webhooks: number;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
}

/** Resolves when all rates are stored and all webhooks are delivered. Throws DemoError after the timeout, and the signal's reason. */
export async function allDone(expected: Expectation, progress: Progress, signal: AbortSignal): Promise<void> {
  const { store, receiver, rates, webhooks, timeout } = expected;
  const until = performance.now() + timeout;
  for (;;) {
    const [stored, delivered] = [store.rateCount(), receiver.delivered.size];
    progress.show(
      `${bar("rates", stored, rates)}  ${bar("webhooks", delivered, webhooks)}  ${receiver.refusals} refused once`,
    );
    if (stored >= rates && delivered >= webhooks) return;
    if (performance.now() > until) {
      throw new DemoError(
        `after ${timeout / 1000} s ${stored} of ${rates} rates are stored and ${delivered} of ${webhooks} webhooks delivered`,
      );
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Resolves with the broker's status when every state's count is 0. Throws DemoError after `timeout` milliseconds. */
export async function brokerQuiet(
  cli: string,
  broker: string,
  timeout: number,
  signal: AbortSignal,
): Promise<BrokerStatus> {
  const until = performance.now() + timeout;
  for (;;) {
    const status = await fetchBrokerStatus(cli, broker);
    signal.throwIfAborted();
    if (isQuiet(status)) return status;
    if (performance.now() > until) {
      const counts = [...status.counts].map(([state, count]) => `${state} ${count}`).join(", ");
      throw new DemoError(`after ${timeout / 1000} s the broker still holds work: ${counts}`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
