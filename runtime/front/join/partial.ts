import type { MissingBroker } from "../../operations/documents/front.js";
import type { Asked } from "../front.js";

/** Brokers whose part is missing from a joined document: the silent ones, and those that refused while others did not. */
export function partialOf({ partial, refused }: Pick<Asked<unknown>, "partial" | "refused">): MissingBroker[] {
  return [...partial, ...refused].map(({ broker, error }) => ({ broker, code: error.code, message: error.message }));
}
