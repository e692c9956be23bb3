import type { Missing } from "../../front/front.js";
import { partialOf } from "../../front/join/partial.js";
import type { Joined } from "../../operations/documents/front.js";
import { OperationError } from "../../operations/errors.js";

/** What a change is of: some by their names, the dry run of a filter, or what a dry run has planned. */
type Change =
  | { readonly kind: "each" }
  | { readonly kind: "dryRun"; readonly q: string }
  | { readonly kind: "plan"; readonly q: string; readonly plan: string };

interface Asked {
  readonly q: string | undefined;
  readonly dryRun: boolean;
  readonly plan: string | undefined;
}

/** `field`: the parameter that names some. Throws OperationError unless exactly one of the three is asked for. */
export function oneOf(field: string, names: readonly string[], { q, dryRun, plan }: Asked): Change {
  if ((q === undefined) === (names.length === 0)) {
    throw refused(field, `expected \`${field}\`, or a filter \`q\`, found ${q === undefined ? "neither" : "both"}`);
  }
  if (q === undefined) {
    if (plan !== undefined) throw refused("plan", `it goes with a filter \`q\`, found \`${field}\``);
    return { kind: "each" };
  }
  if (dryRun === (plan !== undefined))
    throw refused(
      "plan",
      `expected \`dryRun\`, or the \`plan\` that a dry run of this filter answered, found ${dryRun ? "both" : "neither"}`,
    );
  return plan === undefined ? { kind: "dryRun", q } : { kind: "plan", q, plan };
}

/** An answer with its brokers that are missing as documents name them. */
export function joined<Answer extends { readonly partial: readonly Missing[] }>({
  partial,
  ...answer
}: Answer): Omit<Answer, "partial"> & Joined {
  return { ...answer, partial: partialOf({ partial, refused: [] }) };
}

function refused(field: string, problem: string): OperationError {
  return new OperationError("bad_request", "bad_parameter", `${field}: ${problem}`, { field });
}
