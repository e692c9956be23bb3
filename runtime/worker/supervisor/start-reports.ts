import type { Started } from "../../wire/session.js";
import type { Claim, ClaimSource } from "../claim.js";
import type { Running } from "./runner-state.js";

/** Only runs longer than this are reported as started, milliseconds. */
const REPORT_AFTER_MS = 100;
/** How often work that waits to start again is reported, milliseconds. */
const WAITING_REPORTED_MS = 1000;

/**
 * Reports starts to the brokers of the runs. `waiting`: runs to be started again. The broker would presume these lost
 * at their deadline, so each start that was reported before is moved to now.
 */
export function reportStarts(running: Iterable<Running>, waiting: Iterable<Claim>, now: number): void {
  const starts = new Map<ClaimSource, Started[]>();
  const add = (claim: Claim, since: number): void => {
    claim.announced = true;
    claim.reportedAt = now;
    const list = starts.get(claim.source);
    if (list === undefined) starts.set(claim.source, [{ claim: claim.number, since }]);
    else list.push({ claim: claim.number, since });
  };
  for (const { claim } of running) {
    if (claim.startedAt === undefined || !claim.source.connected) continue;
    const since = now - claim.startedAt;
    if ((!claim.announced || claim.reportedAt < claim.startedAt) && since >= REPORT_AFTER_MS) add(claim, since);
  }
  for (const claim of waiting) {
    if (claim.reportedAt === 0 || !claim.source.connected || now - claim.reportedAt < WAITING_REPORTED_MS) continue;
    add(claim, 0);
  }
  for (const [source, list] of starts) source.started(list);
}
