import { messageOf, TaskwireError } from "../../base/errors.js";
import type { LetterOutcome, LetterOutcomes } from "../../operations/documents/letter.js";
import { OperationError } from "../../operations/errors.js";
import { requiredPlace } from "../../operations/letter-place.js";
import type { Front, Missing } from "../front.js";
import { ownerOf } from "./owner.js";

interface Resolving {
  readonly places: readonly string[];
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

interface Resolved extends LetterOutcomes {
  readonly partial: readonly Missing[];
}

/**
 * Replays or purges dead letters by their places. A pool refuses places in topics of others, so each topic is a request of its
 * own. `front`: the brokers that speak for their pools. Rejects as Front.ask while nothing was done, and with OperationError
 * `bad_place` and `ambiguous_place`.
 */
export async function resolvePlaces(
  front: Front,
  verb: "ReplayLetters" | "PurgeLetters",
  request: Resolving,
): Promise<Resolved> {
  const topics = new Map<string, string[]>();
  for (const [index, place] of request.places.entries()) {
    const { topic } = requiredPlace(place, `places[${index}]`);
    topics.set(topic, [...(topics.get(topic) ?? []), place]);
  }
  const owners = new Map<string, Front>();
  for (const [topic, [first = ""]] of topics) owners.set(topic, await ownerOf(front, first));
  const outcomes: LetterOutcome[] = [];
  const partial = new Map<string, Missing>();
  for (const [topic, places] of topics) {
    try {
      const asked = await (owners.get(topic) ?? front).ask<LetterOutcomes>(verb, { ...request, places });
      outcomes.push(...asked.answers.flatMap(({ document }) => document.outcomes));
      for (const missing of asked.partial) partial.set(missing.broker, missing);
    } catch (error) {
      if (topics.size === 1 || !(error instanceof TaskwireError)) throw error;
      outcomes.push(...places.map((place) => failed(place, error)));
    }
  }
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return {
    outcomes,
    counts: Object.fromEntries(counts),
    ...(request.dryRun === true ? { dryRun: true } : {}),
    partial: [...partial.values()],
  };
}

/** What is said of a place while others are resolved. */
function failed(place: string, error: TaskwireError): LetterOutcome {
  const outcome = error instanceof OperationError && error.kind === "not_found" ? "unknown" : "failed";
  return { place, outcome, why: messageOf(error) };
}
