import type { Model } from "../model/model.js";
import type { ShowActivationAnswer } from "../operations/documents/activations.js";
import type { ActivationDocument, LetterView } from "../operations/documents/front.js";
import type { ExportedLetter, LetterDetails } from "../operations/documents/letter.js";
import type { Answered } from "./front.js";

/** How content is shown to a person. */
export interface Showing {
  /** What the tasks of applications take. */
  readonly models: readonly Model[];
  /** Shows sensitive values: for those who may see them. */
  readonly reveal: boolean;
  /** Opens compressed parameters of more than 1 MiB, too. */
  readonly large: boolean;
}

/** One activation with its parameters. */
export async function shownActivation(
  { broker, document, activation: bytes }: Answered<ShowActivationAnswer>,
  showing: Showing,
): Promise<Omit<ActivationDocument, "partial">> {
  const { content, coverIn } = await contentOf(bytes, showing);
  const { error } = document.activation;
  const activation = { ...document.activation, error: error === null ? null : coverIn(error) };
  return { ...document, activation, broker, content };
}

/** One dead letter with its parameters, and these for editing. */
export async function shownLetter(
  { broker, document, activation }: Answered<LetterDetails>,
  showing: Showing,
): Promise<Omit<LetterView, "partial" | "fromLog">> {
  const { editable, ...shown } = await shownDetails(document, activation, showing);
  return { ...shown, broker, editable: editable ?? null };
}

/** A dead letter of an export. */
export async function shownExport(
  { bytes: _, ...details }: ExportedLetter,
  activation: Uint8Array,
  showing: Showing,
): Promise<LetterDetails & Pick<LetterView, "content">> {
  const { editable: __, ...shown } = await shownDetails(details, activation, showing);
  return shown;
}

async function shownDetails<Details extends LetterDetails>(details: Details, bytes: Uint8Array, showing: Showing) {
  if (bytes.length === 0) return { ...details, content: null, editable: undefined };
  const { content, coverIn, editable } = await contentOf(bytes, showing);
  const letter = { ...details.letter, error: coverIn(details.letter.error) };
  const headers = Object.fromEntries(Object.entries(details.headers).map(([name, value]) => [name, coverIn(value)]));
  return { ...details, letter, headers, content, editable };
}

async function contentOf(bytes: Uint8Array, showing: Showing) {
  // Lists and changes do without it.
  const { readContent } = await import("../operations/redaction/content.js");
  return readContent(bytes, showing);
}
