import { CANCEL_MS } from "../child/cancelled-run.js";
import type { Claim } from "../claim.js";
import type { Running } from "./runner-state.js";

/** A person cancelled the claim of a run that a runner has: its handler gets the signal, or never starts. */
export function signalCancelled({ claim, state: { runner } }: Running, now: number): void {
  // Also while another handler blocks the process.
  if (claim.startedAt === undefined) runner.takeBack?.([claim]);
  else boundCancelled(claim, now - claim.startedAt);
  runner.abort([claim.run], "cancelled");
}

/** A cancelled run has little time left: after that its child counts as unresponsive. `ran`: milliseconds since its start. */
export function boundCancelled(claim: Claim, ran: number): void {
  if (claim.cancelledAt !== undefined) claim.deadline = Math.min(claim.deadline, ran + CANCEL_MS);
}
