/** Header of an activation whose id its caller chose, and of its further runs: the id is an idempotency key. */
export const CHOSEN_ID_HEADER = "taskwire-chosen-id";

/** Names of headers that are Taskwire's and the protocol's own: nobody else sets them. */
export function isReservedHeader(name: string): boolean {
  return name.startsWith("taskwire-") || name === "compression-type";
}
