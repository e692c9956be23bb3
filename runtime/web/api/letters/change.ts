import { ParameterError } from "../../../activation/errors.js";
import { planByFilter, startByFilter } from "../../../front/changes/by-filter.js";
import { editedFor } from "../../../front/letters/edited.js";
import { resolvePlaces } from "../../../front/letters/resolve.js";
import { type Speakers, speakersOf } from "../../../front/letters/speakers.js";
import type { LettersChange } from "../../../operations/documents/front.js";
import type { LetterDocument } from "../../../operations/documents/letter.js";
import { OperationError } from "../../../operations/errors.js";
import type { RequestReader } from "../../../operations/request.js";
import type { Call, Route } from "../../context.js";
import { joined, oneOf } from "../change.js";
import { parametersIn } from "../parameters.js";
import { bodyOf, LONGEST_PLAN } from "../request.js";
import { selectionOf } from "./selection.js";

const MOST_PLACES = 1000;
const MOST_RATE = 100_000;

type Verb = "ReplayLetters" | "PurgeLetters";

export const CHANGES: readonly Route[] = [
  { method: "POST", path: "dead-letters/replay", role: "operate", answer: (call) => change(call, "ReplayLetters") },
  { method: "POST", path: "dead-letters/purge", role: "operate", answer: (call) => change(call, "PurgeLetters") },
];

async function change(call: Call, verb: Verb): Promise<LettersChange> {
  const reader = bodyOf(call);
  const places = reader.texts("places", MOST_PLACES);
  const { q, state } = selectionOf(reader, call);
  const dryRun = reader.flag("dryRun");
  const plan = reader.text("plan", LONGEST_PLAN);
  const reason = reader.text("reason");
  const pool = reader.text("pool");
  const how = verb === "ReplayLetters" ? replayOf(reader) : {};
  const edited = verb === "ReplayLetters" && reader.any("parameters") !== undefined ? parametersIn(reader) : undefined;
  reader.end();
  const what = oneOf("places", places, { q: q ?? (state === undefined ? undefined : ""), dryRun, plan });
  if (what.kind === "plan")
    return joined(await startByFilter(call.front, verb, { q: what.q, state, ...how, reason }, what.plan));
  const speakers = await speakersOf(call.front, pool);
  if (what.kind === "dryRun") {
    if (edited !== undefined) throw wrongEdit("a filter");
    const { partial, ...document } = await planByFilter<LetterDocument>(speakers.front, verb, {
      q: what.q,
      state,
      ...how,
    });
    return joined({ ...document, partial: [...speakers.partial, ...partial] });
  }
  const parameters = edited === undefined ? {} : await encoded(call, speakers, places, edited);
  const { partial, ...document } = await resolvePlaces(speakers.front, verb, {
    places,
    ...how,
    ...parameters,
    reason,
    dryRun,
  });
  return joined({ ...document, partial: [...speakers.partial, ...partial] });
}

function replayOf(reader: RequestReader): object {
  return {
    rate: reader.integer("rate", { least: 0, most: MOST_RATE }),
    mayHaveStarted: reader.flag("mayHaveStarted") || undefined,
  };
}

/** Edited parameters of the one dead letter, as brokers take them. Throws ParameterError. */
async function encoded(
  { context }: Call,
  { front }: Speakers,
  places: readonly string[],
  json: unknown,
): Promise<object> {
  const [place, ...more] = places;
  if (place === undefined || more.length > 0) throw wrongEdit(`${places.length} places`);
  const { edited } = await editedFor(front, place, context.models(), json);
  if (!edited.fit) throw new ParameterError(place, edited.issues);
  const { parameters, compressed } = edited;
  return { parameters, compressed };
}

function wrongEdit(found: string): OperationError {
  return new OperationError(
    "bad_request",
    "bad_parameter",
    `parameters: expected one place with them, found ${found}`,
    {
      field: "parameters",
    },
  );
}
