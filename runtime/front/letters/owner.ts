import { TaskwireError } from "../../base/errors.js";
import { OperationError } from "../../operations/errors.js";
import { requiredPlace } from "../../operations/letter-place.js";
import type { Front } from "../front.js";

/**
 * The broker, or log, whose pool has the topic of a place: pools may have topics of the same name, and then the same place
 * means several dead letters. `front`: those that speak for their pools; when nobody has the topic, all of them, which say so.
 * Throws OperationError `ambiguous_place`.
 */
export async function ownerOf(front: Front, place: string): Promise<Front> {
  if (front.brokers.length < 2) return front;
  const owners = await ownersOf(front, place);
  if (owners.length > 1) throw ambiguousPlace(place, owners);
  return owners.length === 0 ? front : front.only(owners);
}

export function ambiguousPlace(place: string, owners: readonly string[]): OperationError {
  const { topic } = requiredPlace(place, "place");
  return new OperationError(
    "conflict",
    "ambiguous_place",
    `${place}: several pools have a dead-letter topic "${topic}", those of ${owners.join(" and ")}: name the pool (\`pool\`), or one broker (--broker)`,
    { field: "pool" },
  );
}

async function ownersOf(front: Front, place: string): Promise<readonly string[]> {
  try {
    const { answers, refused } = await front.ask("ShowLetter", { place });
    // A pool without the letter may have others of the topic.
    const without = refused.filter(({ error }) => error.code !== "unknown_topic");
    return [...answers, ...without].map(({ broker }) => broker);
  } catch (error) {
    if (error instanceof TaskwireError) return [];
    throw error;
  }
}
