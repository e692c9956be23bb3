import { DEFAULT_DEADLINE_SECONDS } from "../../activation/encoding/bounds.js";
import { decodeHead } from "../../activation/encoding/codec.js";
import type { Delivery } from "../../wire/session.js";

/** Larger than every claim of a broker, which has boot numbers up to 2^20. */
const FIRST_CLAIM = 2 ** 52;

let claims = FIRST_CLAIM;

/** Whether this process made up the claim, for a broker without claims. */
export function isLocalClaim(claim: number): boolean {
  return claim >= FIRST_CLAIM;
}

/**
 * A delivery for an activation from a broker without claims, and its id; "" if it cannot be decoded: its run reports
 * that.
 */
export function localDelivery(activation: Uint8Array): { readonly id: string; readonly delivery: Delivery } {
  claims += 1;
  let id = "";
  let seconds = 0;
  try {
    ({ id, deadline: seconds } = decodeHead(activation));
  } catch {}
  return {
    id,
    delivery: { claim: claims, activation, deadline: (seconds === 0 ? DEFAULT_DEADLINE_SECONDS : seconds) * 1000 },
  };
}
