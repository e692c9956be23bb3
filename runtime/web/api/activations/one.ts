import { partialOf } from "../../../front/join/partial.js";
import { shownActivation } from "../../../front/shown.js";
import type { ShowActivationAnswer } from "../../../operations/documents/activations.js";
import type { ActivationDocument } from "../../../operations/documents/front.js";
import { OperationError } from "../../../operations/errors.js";
import type { VerbName } from "../../../operations/verbs.js";
import type { Call, Route } from "../../context.js";
import { bodyOf, queryOf } from "../request.js";

export const ONE: Route = {
  method: "GET",
  path: "activations/:id",
  role: "view",
  answer(call): Promise<ActivationDocument> {
    const reader = queryOf(call, { chain: "flag", large: "flag" });
    const chain = reader.flag("chain") || undefined;
    const large = reader.flag("large");
    reader.end();
    return shown(call, "ShowActivation", { id: call.path.id, chain }, { reveal: false, large });
  },
};

export const REVEAL: Route = {
  method: "POST",
  path: "activations/:id/reveal",
  role: "reveal",
  answer(call): Promise<ActivationDocument> {
    const reader = bodyOf(call);
    const reason = reader.requiredText("reason");
    reader.end();
    return shown(call, "Reveal", { id: call.path.id, reason }, { reveal: true, large: true });
  },
};

/** Every broker is asked: the activation is in flight at one of them. */
async function shown(
  { front, context }: Call,
  verb: VerbName,
  request: object,
  how: { readonly reveal: boolean; readonly large: boolean },
): Promise<ActivationDocument> {
  const { answers, partial } = await front.ask<ShowActivationAnswer>(verb, request);
  const [answered] = answers;
  if (answered === undefined) throw new OperationError("not_found", "not_in_flight", "no broker has this activation");
  const document = await shownActivation(answered, { models: context.models(), ...how });
  return { ...document, partial: partialOf({ partial, refused: [] }) };
}
