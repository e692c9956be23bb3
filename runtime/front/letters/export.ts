import type { MissingBroker, Of } from "../../operations/documents/front.js";
import type { LetterExport } from "../../operations/documents/letter.js";
import type { Answered, Front } from "../front.js";
import { partialOf } from "../join/partial.js";
import { refuseIfAny } from "../refusal.js";
import { type Showing, shownExport } from "../shown.js";
import type { Speakers } from "./speakers.js";

/** What an export gives, one after the other: dead letters, and what it could not read. */
type Exported =
  | { readonly kind: "letter"; readonly line: string }
  | { readonly kind: "damaged"; readonly damaged: Of<LetterExport["damaged"][number]> }
  | { readonly kind: "missing"; readonly missing: MissingBroker };

interface Exporting extends Showing {
  /** Adds the bytes of the activation, in base64. */
  readonly raw: boolean;
  /** Why, with `raw` or `reveal`: it is written in the audit log. */
  readonly reason?: string | undefined;
}

/**
 * The dead letters that `selection` means, from the oldest on, as lines of JSON. One page of one broker is in memory. Rejects
 * as Front.ask, and when a broker refuses.
 */
export async function* exportLetters(
  { front, partial }: Pick<Speakers, "front" | "partial">,
  selection: object,
  { raw, reason, ...showing }: Exporting,
): AsyncGenerator<Exported> {
  const clear = raw || showing.reveal;
  const audited = clear ? { reveal: true, ...(reason === undefined ? {} : { reason }) } : {};
  const first = await front.ask<LetterExport>("ExportLetters", { ...selection, ...audited });
  refuseIfAny(first.refused);
  const missing = partialOf({ partial: [...partial, ...first.partial], refused: [] });
  for (const each of missing) yield { kind: "missing", missing: each };
  for (const answered of first.answers) {
    for (
      let page: typeof answered | undefined = answered;
      page !== undefined;
      page = await after(front, selection, page)
    )
      yield* linesOf(page, raw, showing);
  }
}

async function* linesOf(
  { broker, document, activation }: Answered<LetterExport>,
  raw: boolean,
  showing: Showing,
): AsyncGenerator<Exported> {
  let at = 0;
  for (const letter of document.letters) {
    const own = activation.subarray(at, at + letter.bytes);
    at += letter.bytes;
    const shown = await shownExport(letter, own, showing);
    const bytes = raw ? { raw: Buffer.from(own).toString("base64") } : {};
    yield { kind: "letter", line: JSON.stringify({ ...shown, broker, ...bytes }) };
  }
  for (const damaged of document.damaged) yield { kind: "damaged", damaged: { ...damaged, broker } };
}

/** The page that follows; undefined: it was the last one. */
async function after(
  front: Front,
  selection: object,
  { broker, document: { cursor } }: Answered<LetterExport>,
): Promise<Answered<LetterExport> | undefined> {
  if (cursor === undefined) return undefined;
  const { answers } = await front.only([broker]).ask<LetterExport>("ExportLetters", { ...selection, cursor });
  return answers[0];
}
