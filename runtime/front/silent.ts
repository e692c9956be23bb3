import type { Silent } from "../operations/diagnose/causes/fleet.js";

/** A broker that gave no status. The errors of a call end with what to do. */
export function silentOf(broker: string, message: string): Silent {
  const at = message.indexOf("; ");
  return at < 0 ? { broker, error: message } : { broker, error: message.slice(0, at), hint: message.slice(at + 2) };
}
