import type { PerBroker } from "../../operations/documents/front.js";
import type { Asked } from "../front.js";
import { partialOf } from "./partial.js";

/**
 * The documents of all brokers side by side. Brokers that do not have what was asked for are left out, as others have it; any
 * other refusal is in `partial`.
 */
export function perBroker<Document>(asked: Asked<Document>): PerBroker<Document> {
  const refused = asked.refused.filter(({ error }) => error.kind !== "not_found");
  return {
    brokers: asked.answers.map(({ broker, document }) => ({ ...document, broker })),
    partial: partialOf({ partial: asked.partial, refused }),
  };
}
