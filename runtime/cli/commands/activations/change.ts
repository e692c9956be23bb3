import { type Command, InvalidArgumentError } from "commander";
import { type ChangeVerb, changeIds } from "../../../front/changes/by-ids.js";
import type { ChangedActivation } from "../../../operations/documents/changes.js";
import { type BulkFlags, changeByFilter } from "../../operator/change.js";
import { confirm } from "../../operator/confirm.js";
import { type ModelFlags, modelsOption, withModel } from "../../operator/content.js";
import {
  type FilterFlags,
  filterOf,
  filterOption,
  namespaceOption,
  olderOption,
  stateOption,
  taskOption,
} from "../../operator/filter.js";
import { bulkCommand } from "../../operator/options.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { counted, tally } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";

interface ChangeFlags extends BulkFlags, FilterFlags, ModelFlags {
  readonly chain?: boolean;
  readonly ahead?: boolean;
}

/** What a change does, for "this will ...". */
const DOES: Readonly<Record<ChangeVerb, string>> = {
  Cancel: "cancel",
  Promote: "start at once",
  Purge: "cancel, unless it runs,",
};
/** Outcomes of one that is as it was wanted. */
const WANTED: ReadonlySet<string> = new Set(["done", "asked", "already", "ahead"]);

export function changeCommands(command: Command): void {
  const sub = (name: string, description: string, withIds: boolean) => {
    const made = command.command(name).description(description);
    if (withIds) made.argument("[ids...]", "ids of activations");
    return made
      .addOption(filterOption())
      .addOption(stateOption("states, separated by commas"))
      .addOption(taskOption())
      .addOption(namespaceOption())
      .addOption(olderOption())
      .addOption(modelsOption());
  };
  bulkCommand(
    sub("cancel", "end activations: one that waits never starts, one that runs gets its AbortSignal", true)
      .option("--chain", "of each id, cancel the run of its chain that is in flight, whichever it is")
      .option("--ahead", "ids that are not in flight are cancelled when they are read, within 24 h"),
    [
      "activations cancel 0192ab5e7c --reason 'customer asked'",
      "act cancel --filter 'task:issues.* age>1h' --dry-run --json",
    ],
  ).action((ids: readonly string[], flags: ChangeFlags) => change("Cancel", ids, flags));
  bulkCommand(sub("retry", "start delayed activations at once, also those that wait for their next run", true), [
    "activations retry 0192ab5e7c",
    "act retry --task issues.cleanup --yes",
  ]).action((ids: readonly string[], flags: ChangeFlags) => change("Promote", ids, flags));
  bulkCommand(sub("purge", "cancel activations that wait; those that run are left alone", false), [
    "activations purge --task issues.cleanup --dry-run",
  ]).action((flags: ChangeFlags) => change("Purge", [], flags));
}

function change(verb: ChangeVerb, ids: readonly string[], flags: ChangeFlags): Promise<void> {
  return asOperator(flags, async (operator) => {
    const q = await withModel(filterOf([], flags), "activations", flags);
    if (ids.length > 0 && q === "") return changeByIds(operator, verb, ids, flags);
    if (ids.length > 0 || q === "")
      throw new InvalidArgumentError(
        `Expected ${verb === "Purge" ? "" : "ids, or "}a filter (--filter, --state, --task, ...), got ${ids.length > 0 ? "both" : "nothing"}.`,
      );
    for (const flag of ["chain", "ahead"] as const)
      if (flags[flag] === true) throw new InvalidArgumentError(`Expected ids with --${flag}, got a filter.`);
    return changeByFilter(operator, flags, { verb, request: { q }, does: DOES[verb], noun: "activation" });
  });
}

async function changeByIds(
  operator: Operator,
  verb: ChangeVerb,
  ids: readonly string[],
  flags: ChangeFlags,
): Promise<void> {
  const dryRun = flags.dryRun === true;
  if (!dryRun) await confirm(flags, `${DOES[verb]} ${counted(ids.length, "activation")}`, ids.length);
  const { outcomes, counts, partial } = await changeIds(operator.front, verb, {
    ids,
    ...(flags.chain === true ? { chain: true } : {}),
    ...(flags.ahead === true ? { ahead: true } : {}),
    ...(flags.reason === undefined ? {} : { reason: flags.reason }),
    ...(dryRun ? { dryRun } : {}),
  });
  operator.missing(partial);
  if (operator.json) {
    const missing = partial.map(({ broker }) => broker);
    operator.document({ outcomes, ...(dryRun ? { dryRun } : {}), partial: missing });
  } else for (const outcome of outcomes) operator.line(oneLine(outcomeText(outcome, dryRun)));
  if (!operator.json && outcomes.length > 1) operator.say(tally(counts));
  if (outcomes.every(({ outcome }) => outcome === "unknown")) operator.nothingMatched();
  else if (!outcomes.every(({ outcome }) => WANTED.has(outcome))) operator.inPart();
}

function outcomeText({ id, outcome, run, next, until }: ChangedActivation, dryRun: boolean): string {
  const more = [
    run === undefined ? "" : `its run ${run}`,
    next === undefined ? "" : `the next run is ${next}`,
    until === undefined ? "" : `its worker cannot be notified; it ends by ${until}`,
  ].filter((text) => text !== "");
  const said = `${dryRun ? "would be " : ""}${outcome.replace("_", " ")}`;
  return `${id}  ${said}${more.length === 0 ? "" : `; ${more.join("; ")}`}`;
}
