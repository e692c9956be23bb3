import { decodeHead } from "../../activation/encoding/codec.js";
import type { Delivery } from "../../wire/session.js";

/** Beyond every claim of a broker: below it are boot numbers up to 2^20. */
const FIRST_CLAIM = 2 ** 52;
/** The deadline of an activation that names none, seconds. */
const DEFAULT_SECONDS = 30;

let claims = FIRST_CLAIM;

/** Whether this process made the claim up, for a broker that has none. */
export function isLocalClaim(claim: number): boolean {
  return claim >= FIRST_CLAIM;
}

/** An activation that a broker without claims handed out, and its id; "" when it cannot be decoded: its run tells. */
export function localDelivery(activation: Uint8Array): { readonly id: string; readonly delivery: Delivery } {
  claims += 1;
  let id = "";
  let seconds = 0;
  try {
    ({ id, deadline: seconds } = decodeHead(activation));
  } catch {}
  return { id, delivery: { claim: claims, activation, deadline: (seconds === 0 ? DEFAULT_SECONDS : seconds) * 1000 } };
}
