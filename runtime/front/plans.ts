import { OperationError } from "../operations/errors.js";

/** The plans of several brokers as one, for people to hand on. */
export function joinPlans(plans: readonly { readonly broker: string; readonly plan: string }[]): string {
  const entries = plans.map(({ broker, plan }) => [broker, plan]);
  return `p_${Buffer.from(JSON.stringify(entries)).toString("base64url")}`;
}

/** The plan of each broker. Throws OperationError `unknown_plan`. */
export function splitPlan(joined: string): ReadonlyMap<string, string> {
  try {
    const entries: unknown = JSON.parse(Buffer.from(joined.slice(2), "base64url").toString("utf8"));
    if (!Array.isArray(entries)) throw new Error("no list");
    return new Map(
      entries.map((entry: unknown): [string, string] => {
        if (!Array.isArray(entry)) throw new Error("no pair");
        const [broker, plan]: readonly unknown[] = entry;
        if (typeof broker !== "string" || typeof plan !== "string") throw new Error("no pair of strings");
        return [broker, plan];
      }),
    );
  } catch (error) {
    throw new OperationError(
      "conflict",
      "unknown_plan",
      "plan: not one that a dry run printed; make the dry run again",
      {
        field: "plan",
        cause: error,
      },
    );
  }
}
