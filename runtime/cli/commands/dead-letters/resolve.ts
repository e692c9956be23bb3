import { type Command, InvalidArgumentError, Option } from "commander";
import { resolvePlaces } from "../../../front/letters/resolve.js";
import { type BulkFlags, changeByFilter } from "../../operator/change.js";
import { confirm } from "../../operator/confirm.js";
import { type ModelFlags, modelsOption } from "../../operator/content.js";
import { filterOf, filterOption, namespaceOption, taskOption } from "../../operator/filter.js";
import { bulkCommand } from "../../operator/options.js";
import { asOperator, type Operator, onePerPool } from "../../operator/session.js";
import { counted, tally } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";
import { editedIn, parametersOption, refuse } from "./check.js";
import { type LetterFlags, PLACE, selectionOf } from "./list.js";

interface ReplayFlags extends BulkFlags, LetterFlags {
  readonly parameters?: string;
  readonly rate?: number;
  readonly mayHaveStarted?: boolean;
}

type Verb = "ReplayLetters" | "PurgeLetters";

const DOES: Readonly<Record<Verb, string>> = { ReplayLetters: "replay", PurgeLetters: "purge" };

export function resolveCommands(command: Command): void {
  const sub = (name: string, description: string) =>
    command
      .command(name)
      .description(description)
      .argument("[places...]", PLACE)
      .addOption(filterOption())
      .addOption(taskOption())
      .addOption(namespaceOption())
      .addOption(modelsOption());
  bulkCommand(
    sub("replay", "append the activations of dead letters again, as new ones; each is marked as replayed")
      .addOption(
        new Option("--rate <N/s>", "how many a second; 0: as fast as the log takes").default(100).argParser(rate),
      )
      .option("--may-have-started", "also those that run at most once and may have started before")
      .addOption(parametersOption()),
    [
      "dead-letters replay events-dlq/0/17",
      "dead-letters replay events-dlq/0/17 --parameters edited.json --yes",
      "dlq replay --filter 'task:issues.* reason:error' --rate 50/s --dry-run --json",
    ],
  ).action((places: readonly string[], { rate: perSecond, mayHaveStarted = false, ...flags }: ReplayFlags) => {
    const { parameters, ...rest } = flags;
    const how = { rate: perSecond, ...(mayHaveStarted ? { mayHaveStarted } : {}) };
    if (parameters === undefined) return resolve("ReplayLetters", places, rest, how);
    return replayEdited(places, rest, how, { file: parameters, model: flags.model });
  });
  bulkCommand(sub("purge", "mark dead letters as dealt with: they are not listed as open, and nothing replays them"), [
    "dead-letters purge events-dlq/0/17",
    "dlq purge --task issues.cleanup --yes --reason 'obsolete task'",
  ]).action((places: readonly string[], flags: BulkFlags & LetterFlags) => resolve("PurgeLetters", places, flags, {}));
}

function resolve(verb: Verb, places: readonly string[], flags: BulkFlags & LetterFlags, how: object): Promise<void> {
  return asOperator(flags, async (asked) => {
    const selection = await selectionOf([], flags);
    if (places.length > 0 && selection.q === undefined)
      return printResolved(await onePerPool(asked), verb, places, flags, how);
    if (places.length > 0 || selection.q === undefined)
      throw new InvalidArgumentError(
        `Expected places, or a filter (--filter, --task, --namespace), got ${places.length > 0 ? "both" : "neither"}.`,
      );
    const planners = flags.plan === undefined ? { planners: (await onePerPool(asked)).front } : {};
    const request = { ...selection, ...how };
    return changeByFilter(asked, flags, { verb, request, does: DOES[verb], noun: "dead letter", ...planners });
  });
}

/** Replays one dead letter with the parameters of a file, if they fit. */
function replayEdited(
  places: readonly string[],
  flags: BulkFlags & LetterFlags,
  how: object,
  { file, model }: { readonly file: string; readonly model: ModelFlags["model"] },
): Promise<void> {
  const [place] = places;
  if (place === undefined || places.length > 1 || filterOf([], flags) !== "")
    throw new InvalidArgumentError("Expected one place with --parameters.");
  return asOperator(flags, async (asked) => {
    const operator = await onePerPool(asked);
    const edited = await editedIn(operator, place, file, model === undefined ? {} : { model });
    if (!edited.fit) return refuse(operator, edited);
    const { parameters, compressed } = edited;
    await printResolved(operator, "ReplayLetters", places, flags, { ...how, parameters, compressed });
  });
}

async function printResolved(
  operator: Operator,
  verb: Verb,
  places: readonly string[],
  flags: BulkFlags,
  how: object,
): Promise<void> {
  const dryRun = flags.dryRun === true;
  if (!dryRun) await confirm(flags, `${DOES[verb]} ${counted(places.length, "dead letter")}`, places.length);
  const reason = flags.reason === undefined ? {} : { reason: flags.reason };
  const request = { places, ...how, ...reason, ...(dryRun ? { dryRun } : {}) };
  const { partial, ...document } = await resolvePlaces(operator.front, verb, request);
  operator.missing(partial);
  if (operator.json) operator.document(document);
  else {
    for (const { place, outcome, state, why, id, topic } of document.outcomes) {
      const more = [state, why, id === undefined ? undefined : `as ${id}`, topic].filter((each) => each !== undefined);
      operator.line(
        oneLine(`${place}  ${dryRun ? "would be " : ""}${outcome.replace("_", " ")}  ${more.join(" ")}`.trimEnd()),
      );
    }
    operator.say(tally(document.counts));
  }
  exitBy(operator, document.counts);
}

function exitBy(operator: Operator, counts: Readonly<Record<string, number>>): void {
  const { replayed = 0, purged = 0, unknown = 0 } = counts;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (all === unknown) operator.nothingMatched();
  else if (replayed + purged < all) operator.inPart();
}

function rate(value: string): number {
  const [, number] = /^(\d{1,6})(?:\/s)?$/.exec(value) ?? [];
  if (number === undefined || Number(number) > 100_000)
    throw new InvalidArgumentError(`Expected a number from 0 to 100000, such as 50/s, got "${value}".`);
  return Number(number);
}
