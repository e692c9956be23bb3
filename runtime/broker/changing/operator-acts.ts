import { OperationError } from "../../operations/errors.js";
import { BrokerStopsError } from "../dispatch/errors.js";
import type { Act, ActAnswer } from "../inflight/events.js";
import type { ChangeVerb } from "./expected.js";

/** The broker's engine, as far as acts need it. */
export interface ActEngine {
  act(wish: Omit<Act, "act">): Promise<ActAnswer>;
  readonly inflight: { hasFinished(id: string): boolean };
}

const VERBS = { Cancel: "cancel", Promote: "promote", Purge: "purge" } as const;

/** Resolves when what was changed is on disk. Rejects with OperationError (`broker_stops`). */
export async function actOn(engine: ActEngine, verb: ChangeVerb, wish: Omit<Act, "act" | "verb">): Promise<ActAnswer> {
  try {
    return await engine.act({ ...wish, verb: VERBS[verb] });
  } catch (error) {
    if (!(error instanceof BrokerStopsError)) throw error;
    throw new OperationError(
      "unavailable",
      "broker_stops",
      "the broker is stopping; what it changed before that stays changed, and repeating is safe",
      { cause: error },
    );
  }
}
