import { partialOf } from "../../../front/join/partial.js";
import { editedFor } from "../../../front/letters/edited.js";
import { ambiguousPlace, ownerOf } from "../../../front/letters/owner.js";
import { poolIn, speakersOf } from "../../../front/letters/speakers.js";
import { shownLetter } from "../../../front/shown.js";
import type { CheckedParameters, LetterView } from "../../../operations/documents/front.js";
import type { LetterDetails } from "../../../operations/documents/letter.js";
import { OperationError } from "../../../operations/errors.js";
import { roleOf } from "../../../operations/verbs.js";
import type { Call, Route } from "../../context.js";
import { parametersIn } from "../parameters.js";
import { bodyOf, queryOf } from "../request.js";
import { placeOf } from "./selection.js";

const PLACE = "dead-letters/:topic/:partition/:offset";

export const ONE: Route = {
  method: "GET",
  path: PLACE,
  role: "view",
  ownPool: true,
  answer(call): Promise<LetterView> {
    const reader = queryOf(call, { large: "flag" });
    const large = reader.flag("large");
    const pool = reader.text("pool");
    reader.end();
    return shown(call, pool, {}, { reveal: false, large });
  },
};

export const REVEAL: Route = {
  method: "POST",
  path: `${PLACE}/reveal`,
  role: "reveal",
  answer(call): Promise<LetterView> {
    const reader = bodyOf(call);
    const reason = reader.requiredText("reason");
    const pool = reader.text("pool");
    reader.end();
    return shown(call, pool, { reveal: true, reason }, { reveal: true, large: true });
  },
};

export const CHECK: Route = {
  method: "POST",
  path: "dead-letters/check",
  role: "view",
  async answer(call): Promise<CheckedParameters> {
    const reader = bodyOf(call);
    const place = reader.requiredText("place");
    const json = parametersIn(reader);
    const pool = reader.text("pool");
    reader.end();
    const { front } = await speakersOf(call.front, pool);
    const { edited } = await editedFor(front, place, call.context.models(), json);
    return edited.fit ? { fit: true } : edited;
  },
};

/** One broker of each pool is asked: the topic is of one of them, or `pool` says which. */
async function shown(
  call: Call,
  pool: string | undefined,
  audited: object,
  how: { readonly reveal: boolean; readonly large: boolean },
): Promise<LetterView> {
  const { front, partial, logs, pools } = await speakersOf(call.front, pool);
  const place = placeOf(call);
  // What is revealed is written to the audit log of its broker only.
  const owner = roleOf("ShowLetter", audited) === "view" ? front : await ownerOf(front, place);
  const asked = await owner.ask<LetterDetails>("ShowLetter", { place, ...audited });
  const [answered, ...others] = asked.answers;
  if (answered !== undefined && others.length > 0)
    throw ambiguousPlace(
      place,
      asked.answers.map(({ broker }) => broker),
    );
  if (answered === undefined) throw new OperationError("not_found", "unknown_letter", "no broker has this dead letter");
  const document = await shownLetter(answered, { models: call.context.models(), ...how });
  const fromLog = logs.some(({ address }) => address === answered.broker);
  const named = pool === undefined ? poolIn(pools, answered.broker) : { pool };
  return {
    ...document,
    ...named,
    fromLog,
    partial: partialOf({ partial: [...partial, ...asked.partial], refused: [] }),
  };
}
