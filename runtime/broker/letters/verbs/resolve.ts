import type { EditedParameters } from "../../../activation/replay.js";
import type { Clock } from "../../../base/clock.js";
import { grouped } from "../../../base/grouped.js";
import type { JobDocument } from "../../../operations/documents/jobs.js";
import type { LetterOutcome, LetterOutcomes, LetterPlan } from "../../../operations/documents/letter.js";
import { OperationError } from "../../../operations/errors.js";
import { openArguments } from "../../../operations/filter/arguments.js";
import type { Filter } from "../../../operations/filter/filter.js";
import { printFilter } from "../../../operations/filter/print.js";
import type { Place } from "../../../operations/letter-place.js";
import { RequestReader } from "../../../operations/request.js";
import type { Verb } from "../../../operations/verb.js";
import type { Jobs } from "../../jobs/jobs.js";
import type { Plans } from "../../jobs/plans.js";
import type { Feeder } from "../feeder.js";
import type { Letters } from "../letters.js";
import { countLetters } from "../matching.js";
import { resolveAll } from "../resolve/bulk.js";
import type { Resolver, Resolving } from "../resolve/resolver.js";
import type { Outcome } from "../resolve/verdict.js";
import { letterDocument } from "./documents.js";
import { catchUp, refuseUnread } from "./reading.js";
import { argumentsOf, filterOf, placeOf } from "./selection.js";

const MOST_PLACES = 1000;
/** Letters whose records are in memory at once; their sizes are not known before. */
const PLACES_AT_ONCE = 16;
const RATE = 100;
const MOST_RATE = 100_000;
const LONGEST_PARAMETERS = 15 * 1024 * 1024;
/** How long a request waits for the index; clients wait 2 s at least. */
const PATIENCE_MS = 1500;

export interface ResolveParts {
  readonly letters: Letters;
  readonly resolver: Resolver;
  readonly jobs: Jobs;
  readonly plans: Plans;
  readonly clock: Clock;
}

/** How letters are resolved: what a request asks for beside the letters. */
interface How {
  readonly verb: "ReplayLetters" | "PurgeLetters";
  readonly rate: number;
  readonly mayHaveStarted: boolean | undefined;
  readonly act: (resolving: Resolving, places: readonly Place[]) => Promise<Outcome[]>;
}

type Answer = LetterOutcomes | LetterPlan | { readonly job: JobDocument };

/** The verbs that resolve dead letters: some by their places at once, or all that match a filter as a job. */
export function resolveVerbs(parts: ResolveParts): readonly Verb[] {
  return [
    {
      name: "ReplayLetters",
      run: async (request, { actor }) => {
        const reader = new RequestReader(request);
        const mayHaveStarted = reader.flag("mayHaveStarted");
        const rate = reader.integer("rate", { least: 0, most: MOST_RATE }) ?? RATE;
        const parameters = editedOf(reader);
        const act: How["act"] = (resolving, places) =>
          parts.resolver.replay(resolving, places, { mayHaveStarted, parameters });
        return resolve(parts, reader, actor, { verb: "ReplayLetters", rate, mayHaveStarted, act }, parameters);
      },
    },
    {
      name: "PurgeLetters",
      run: async (request, { actor }) => {
        const reader = new RequestReader(request);
        const act: How["act"] = (resolving, places) => parts.resolver.purge(resolving, places);
        return resolve(parts, reader, actor, { verb: "PurgeLetters", rate: 0, mayHaveStarted: undefined, act });
      },
    },
  ];
}

function resolve(
  parts: ResolveParts,
  reader: RequestReader,
  by: string,
  how: How,
  edited?: EditedParameters,
): Promise<Answer> {
  const places = reader.texts("places", MOST_PLACES);
  const dryRun = reader.flag("dryRun");
  const plan = reader.text("plan");
  const reason = reader.text("reason") ?? "";
  const filtered = reader.text("q") !== undefined || reader.text("state") !== undefined;
  const filter = filterOf(reader);
  reader.end();
  if (filtered === places.length > 0) {
    throw refused("places", "expected `places`, or a filter `q`", filtered ? "both" : "neither");
  }
  if (edited !== undefined && places.length !== 1) {
    throw refused("parameters", "expected one place with them", `${places.length === 0 ? "a filter" : places.length}`);
  }
  if (places.length > 0) return resolvePlaces(parts, places, { by, dryRun }, how);
  if (dryRun) return planned(parts, filter, how);
  if (plan === undefined) throw refused("plan", "expected the plan of a dry run of this filter", "none");
  return started(parts, filter, { by, plan, reason }, how);
}

async function resolvePlaces(
  { letters, clock }: ResolveParts,
  texts: readonly string[],
  { by, dryRun }: { readonly by: string; readonly dryRun: boolean },
  { act }: How,
): Promise<LetterOutcomes> {
  const named = texts.map((text, at) => ({ text, ...placeOf(text, `places[${at}]`, letters.sources) }));
  return letters.use(async ({ index, feeders }) => {
    const outcomes = new Map<string, Outcome>();
    for (const [source, group] of grouped(named, (each) => each.source)) {
      const feeder = feeders.find((one) => one.source === source);
      if (feeder === undefined) continue;
      await catchUp([feeder], clock, PATIENCE_MS);
      refuseUnread(feeder);
      const fresh = [...new Map(group.map((each) => [each.text, each])).values()];
      for (let at = 0; at < fresh.length; at += PLACES_AT_ONCE) {
        const part = fresh.slice(at, at + PLACES_AT_ONCE);
        const found = await act(
          { feeder, index, by, dryRun },
          part.map(({ place }) => place),
        );
        for (const [position, { text }] of part.entries()) {
          const outcome = found[position];
          if (outcome !== undefined) outcomes.set(text, outcome);
        }
      }
    }
    const documents = [...outcomes].map(([place, outcome]) => outcomeDocument(place, outcome));
    const counts: Record<string, number> = {};
    for (const { outcome } of documents) counts[outcome] = (counts[outcome] ?? 0) + 1;
    return { outcomes: documents, counts, ...(dryRun ? { dryRun } : {}) };
  });
}

async function planned({ letters, plans, clock }: ResolveParts, filter: Filter, how: How): Promise<LetterPlan> {
  const args = await openArguments(argumentsOf(filter));
  return letters.use(async (open) => {
    await caughtUp(open.feeders, clock);
    const { mayHaveStarted, rate } = how;
    const query = { filter, mayHaveStarted, now: clock.wall(), after: undefined, ends: undefined };
    const { matched, leftOut, tasks, samples } = await countLetters(open, query, args);
    const replayed = matched - Object.values(leftOut).reduce((sum, count) => sum + count, 0);
    return {
      ...{ matched, leftOut, tasks },
      samples: samples.map(({ letter, marker }) => letterDocument(letter, marker, letters.sources)),
      plan: plans.make(matched, keyOf(filter, how)),
      ...(rate === 0 ? {} : { seconds: Math.ceil(replayed / rate) }),
    };
  });
}

async function started(
  { letters, jobs, plans, clock }: ResolveParts,
  filter: Filter,
  { by, plan, reason }: { readonly by: string; readonly plan: string; readonly reason: string },
  how: How,
): Promise<{ job: JobDocument }> {
  const args = await openArguments(argumentsOf(filter));
  return letters.use(async (open) => {
    await caughtUp(open.feeders, clock);
    const { verb, mayHaveStarted, rate, act } = how;
    const query = { filter, mayHaveStarted, now: clock.wall(), after: undefined, ends: undefined };
    const { matched: total } = await countLetters(open, query, args);
    plans.check(plan, keyOf(filter, how), total);
    const job = jobs.start({ verb, actor: by, filter: printFilter(filter), reason, total }, (handle) =>
      letters.use((opened) =>
        resolveAll(opened, handle, {
          ...{ filter, args, rate, clock },
          act: (feeder, found) => act({ feeder, index: opened.index, by, dryRun: false, goesOn: true }, found),
        }),
      ),
    );
    return { job };
  });
}

async function caughtUp(feeders: readonly Feeder[], clock: Clock): Promise<void> {
  await catchUp(feeders, clock, PATIENCE_MS);
  for (const feeder of feeders) refuseUnread(feeder);
}

/** Names what is done to what, for plans. */
function keyOf(filter: Filter, { verb, mayHaveStarted = false }: How): string {
  return `${verb} ${mayHaveStarted} ${printFilter(filter)}`;
}

/** `parameters` (base64) and `compressed`: encoded by whoever knows the schema. */
function editedOf(reader: RequestReader): EditedParameters | undefined {
  const text = reader.text("parameters", LONGEST_PARAMETERS);
  const compressed = reader.flag("compressed");
  if (text === undefined) {
    if (compressed) throw refused("compressed", "expected `parameters` with it", "none");
    return undefined;
  }
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0 || bytes.toString("base64") !== text) {
    throw refused("parameters", "expected the encoded parameters in base64", "another string");
  }
  return { bytes, compressed };
}

function outcomeDocument(place: string, outcome: Outcome): LetterOutcome {
  const { kind, ...rest } = outcome;
  return { place, outcome: kind, ...rest };
}

function refused(field: string, expected: string, found: string): OperationError {
  return new OperationError("bad_request", "bad_parameter", `${field}: ${expected}, found ${found}`, { field });
}
