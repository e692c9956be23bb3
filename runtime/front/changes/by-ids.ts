import type { ChangedActivation, ChangedActivations } from "../../operations/documents/changes.js";
import type { Of } from "../../operations/documents/front.js";
import type { Front, Missing } from "../front.js";

/** Verbs that change activations. */
export type ChangeVerb = "Cancel" | "Promote" | "Purge";

interface ChangeIds {
  readonly ids: readonly string[];
  readonly chain?: boolean | undefined;
  readonly ahead?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly dryRun?: boolean | undefined;
}

interface ChangedIds extends Pick<ChangedActivations, "counts" | "dryRun"> {
  /** What the broker that knows most of an id says. */
  readonly outcomes: readonly Of<ChangedActivation>[];
  /** Brokers that did not answer, or refused. */
  readonly partial: readonly Missing[];
}

/** Changes activations by their ids. Every broker is asked: an id is in flight at one of them. Rejects as Front.ask. */
export async function changeIds(front: Pick<Front, "ask">, verb: ChangeVerb, request: ChangeIds): Promise<ChangedIds> {
  const { answers, partial, refused } = await front.ask<ChangedActivations>(verb, request);
  const best = new Map<string, Of<ChangedActivation>>();
  for (const { broker, document } of answers)
    for (const outcome of document.outcomes) {
      const other = best.get(outcome.id);
      if (other === undefined || known(outcome) > known(other)) best.set(outcome.id, { ...outcome, broker });
    }
  const outcomes = [...best.values()];
  const counts: Partial<Record<ChangedActivation["outcome"], number>> = {};
  for (const { outcome } of outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return { outcomes, counts, ...(request.dryRun === true ? { dryRun: true } : {}), partial: [...partial, ...refused] };
}

/** How much a broker knows of an id: the one that has it in flight knows best. */
function known({ outcome }: ChangedActivation): number {
  return outcome === "unknown" ? 0 : outcome === "ahead" || outcome === "full" ? 1 : 2;
}
