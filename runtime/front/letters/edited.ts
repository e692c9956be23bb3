import type { Model } from "../../model/model.js";
import type { LetterDetails } from "../../operations/documents/letter.js";
import type { EditedParameters } from "../../operations/edited-parameters.js";
import type { Front, Missing } from "../front.js";
import { ambiguousPlace } from "./owner.js";

/**
 * Parameters in the JSON form of `taskwire send`, checked and encoded for the task of a dead letter. `front`: the brokers that
 * speak for their pools. Rejects as Front.ask, and as editedParameters.
 */
export async function editedFor(
  front: Pick<Front, "ask">,
  place: string,
  models: readonly Model[],
  json: unknown,
): Promise<{ readonly edited: EditedParameters; readonly partial: readonly Missing[] }> {
  const { answers, partial } = await front.ask<LetterDetails>("ShowLetter", { place });
  if (answers.length > 1)
    throw ambiguousPlace(
      place,
      answers.map(({ broker }) => broker),
    );
  // Loads zod, which most requests do not need.
  const { editedParameters } = await import("../../operations/edited-parameters.js");
  return { edited: await editedParameters(models, answers[0]?.activation ?? new Uint8Array(0), json), partial };
}
