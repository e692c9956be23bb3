import { OperationError } from "../../operations/errors.js";

/** The plans of several brokers as one, for people to hand on. */
export function joinPlans(plans: readonly { readonly broker: string; readonly plan: string }[]): string {
  const entries = plans.map(({ broker, plan }) => [broker, plan]);
  return `p_${Buffer.from(JSON.stringify(entries)).toString("base64url")}`;
}

/** The plan of each broker, all of them among `brokers`. Throws OperationError `unknown_plan`. */
export function splitPlan(joined: string, brokers: readonly string[]): ReadonlyMap<string, string> {
  let plans: ReadonlyMap<string, string>;
  try {
    plans = new Map(entriesOf(JSON.parse(Buffer.from(joined.slice(2), "base64url").toString("utf8"))));
  } catch (error) {
    throw unknownPlan("not one that a dry run printed", error);
  }
  const foreign = [...plans.keys()].find((broker) => !brokers.includes(broker));
  if (foreign !== undefined)
    throw unknownPlan(`it is for the broker ${foreign.slice(0, 80)}, expected one for ${brokers.join(", ")}`);
  if (plans.size === 0) throw unknownPlan("it is for no broker");
  return plans;
}

function entriesOf(entries: unknown): [string, string][] {
  if (!Array.isArray(entries)) throw new Error("no list");
  return entries.map((entry: unknown): [string, string] => {
    if (!Array.isArray(entry)) throw new Error("no pair");
    const [broker, plan]: readonly unknown[] = entry;
    if (typeof broker !== "string" || typeof plan !== "string") throw new Error("no pair of strings");
    return [broker, plan];
  });
}

function unknownPlan(problem: string, cause?: unknown): OperationError {
  return new OperationError("conflict", "unknown_plan", `plan: ${problem}; make the dry run again`, {
    field: "plan",
    cause,
  });
}
