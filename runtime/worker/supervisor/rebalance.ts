import type { Claim } from "../claim.js";
import type { RunnerState, Running } from "./runner-state.js";

/** A run that its child has not begun after this time moves to an idle one, milliseconds. */
const MOVE_AFTER_MS = 100;
/** Most runs that are asked for at one look. */
const MOST_ASKED = 256;

/**
 * When other runners have room, asks children to return the runs that they have not begun, each run once. Only the
 * child knows whether a run has begun: runs start in batches, and a handler that blocks its process holds up those
 * behind it. `free`: slots of all runners that may be used now.
 */
export function askForUnbegun(running: Iterable<Running>, free: number, now: number): void {
  if (free === 0) return;
  const asked = new Map<RunnerState, Claim[]>();
  let left = MOST_ASKED;
  for (const { claim, state } of running) {
    if (claim.asked !== "no" || now - claim.handedAt < MOVE_AFTER_MS || state.isolated || state.killed) continue;
    // Room in the same child does not help.
    if (free <= state.free) continue;
    if (left === 0) break;
    left -= 1;
    claim.asked = "asked";
    const claims = asked.get(state);
    if (claims === undefined) asked.set(state, [claim]);
    else claims.push(claim);
  }
  for (const [{ runner }, claims] of asked) runner.takeBack?.(claims);
}
