/** Header of an activation whose id its caller chose, and of its further runs: the id is an idempotency key. */
export const CHOSEN_ID_HEADER = "taskwire-chosen-id";

/** Header of an activation that a schedule started: its slot, RFC 3339 UTC. The broker remembers its id. */
export const SLOT_HEADER = "taskwire-slot";

/** Header of an activation that replays a dead letter: the letter's place, TOPIC/PARTITION/OFFSET. The broker remembers its id. */
export const REPLAY_OF_HEADER = "taskwire-replay-of";

/** Headers that show a raw task the key of its record, and that the record had no value. */
export const KEY_HEADER = "taskwire-key";
export const TOMBSTONE_HEADER = "taskwire-tombstone";

/** Whether a header is Taskwire's or the protocol's own: callers and hooks cannot set it. */
export function isReservedHeader(name: string): boolean {
  return name.startsWith("taskwire-") || name === "compression-type";
}
