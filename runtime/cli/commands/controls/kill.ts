import { Command, InvalidArgumentError, Option } from "commander";
import { codeOf } from "../../../base/errors.js";
import { exactJson } from "../../../base/exact-json.js";
import type { ControlDocument, ControlsAnswer, JsonValue } from "../../../operations/documents/controls.js";
import { conditionsByName } from "../../../operations/kill-conditions.js";
import { type ModelFlags, modelsOf, modelsOption } from "../../operator/content.js";
import { type ChangeFlags, changingCommand, type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { printTable } from "../../operator/print-table.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { ago, span } from "../../operator/text.js";
import { aheadLine } from "../../output/status-text.js";
import { untilOption } from "./answer.js";
import { changeControl } from "./change.js";

interface AddFlags extends ChangeFlags, Pick<ModelFlags, "model"> {
  readonly arg?: Readonly<Record<string, JsonValue>>;
  readonly position?: Readonly<Record<string, JsonValue>>;
  readonly until?: string;
}

export function killCommand(): Command {
  const command = new Command("kill").description("list, add and remove rules that drop activations of a task");
  operatorCommand(command.command("list").description("list the kill rules in force, of people and of the file"), [
    "kill list",
  ]).action((flags: OperatorFlags) =>
    asOperator(flags, (operator) => listControls(operator, ({ kind }) => kind === "kill", "no kill rule is in force")),
  );
  changingCommand(
    command
      .command("add")
      .description("drop activations of a task that wait or come, all or those with one of these arguments")
      .argument("<task>", "wire name of the task")
      .addOption(condition("--arg <NAME=VALUE>", "an argument by name, with its value as JSON or as text; repeatable"))
      .addOption(condition("--position <N=VALUE>", "an argument by position, from 0; repeatable"))
      .addOption(modelsOption())
      .addOption(untilOption()),
    ["kill add issues.deliver_issue_webhook --arg group_id=5 --until 24h --reason 'poisoned group' --dry-run"],
  ).action(async (task: string, { arg, position = {}, ...flags }: AddFlags) => {
    const { until } = flags;
    const models = arg === undefined ? [] : await modelsOf(flags);
    const { args = {}, kwargs } = conditionsByName(models, task, arg);
    const positions = { ...args, ...position };
    const request = {
      task,
      ...(Object.keys(positions).length === 0 ? {} : { args: positions }),
      ...(kwargs === undefined ? {} : { kwargs }),
      ...(until === undefined ? {} : { until }),
    };
    return changeControl(flags, "Kill", request, `drop activations of task ${task}`);
  });
  changingCommand(
    command.command("remove").description("end a kill rule").argument("<id>", "its id, as `kill list` prints it"),
    ["kill remove kill/0123456789abcdef --yes"],
  ).action((id: string, flags: ChangeFlags) => changeControl(flags, "Unkill", { id }, `end the kill rule ${id}`));
  return command;
}

export function controlsCommand(): Command {
  return operatorCommand(
    new Command("controls").description(
      "list pauses and kill rules in force: who set them, why, and until when; and how many ids are cancelled ahead",
    ),
    ["controls", "controls --json"],
  ).action((flags: OperatorFlags) =>
    asOperator(flags, (operator) => listControls(operator, () => true, "nothing is paused or dropped", true)),
  );
}

async function listControls(
  operator: Operator,
  shown: (control: ControlDocument) => boolean,
  empty: string,
  withAhead = false,
): Promise<void> {
  const { answers, partial } = await operator.front.ask<ControlsAnswer>("Controls", {});
  operator.missing(partial);
  const versions = new Set(answers.map(({ document }) => document.version));
  const all = answers.flatMap(({ broker, document }) =>
    document.controls.filter(shown).map((control) => ({ ...control, broker })),
  );
  const ahead = withAhead
    ? answers.flatMap(({ broker, document: { cancelledAhead } }) =>
        cancelledAhead === undefined || cancelledAhead.ids === 0 ? [] : [{ broker, ...cancelledAhead }],
      )
    : [];
  if (operator.json) {
    const missing = partial.map(({ broker }) => broker);
    operator.document({
      controls: all,
      ...(withAhead && { cancelledAhead: ahead }),
      ...{ versions: [...versions], partial: missing },
    });
  } else if (all.length > 0) {
    const several = operator.front.brokers.length > 1;
    const rows = all.map((control) => [
      control.subject,
      control.id,
      control.kind,
      conditionsOf(control),
      control.by ?? (control.line === null ? "file" : `file, line ${control.line}`),
      ago(control.since),
      control.until === null ? "" : span(Date.parse(control.until) - Date.now()),
      control.dropped === null ? "" : String(control.dropped),
      ...(several ? [control.broker] : []),
      control.reason,
    ]);
    const head = [
      "subject",
      "id",
      "kind",
      "where",
      "by",
      "since",
      "ends in",
      "dropped",
      ...(several ? ["broker"] : []),
      "reason",
    ];
    printTable(operator, head, rows, { names: 1, kept: 3 });
  }
  if (!operator.json) for (const { broker, ...each } of ahead) operator.line(`${broker}: ${aheadLine(each)}`);
  for (const { broker, document } of answers)
    if (document.problem !== null) operator.say(`${broker}: ${document.problem}`);
  if (versions.size > 1) operator.say("the brokers apply different controls");
  if (all.length + ahead.length > 0) return;
  if (!operator.json) operator.say(empty);
  operator.nothingMatched();
}

function conditionsOf({ args = {}, kwargs = {} }: ControlDocument): string {
  return [...Object.entries(args), ...Object.entries(kwargs)]
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(" or ");
}

function condition(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string, before: Readonly<Record<string, JsonValue>> = {}) => {
    const at = text.indexOf("=");
    if (at < 1) throw new InvalidArgumentError(`Expected NAME=VALUE, got "${text}".`);
    return { ...before, [text.slice(0, at)]: conditionValue(text.slice(at + 1)) };
  });
}

/** JSON, or the text itself where it is none. Integers beyond 2^53 are written as digits. */
function conditionValue(text: string): JsonValue {
  try {
    return jsonOf(exactJson(text));
  } catch (error) {
    if (codeOf(error) === "bad_json") return text;
    throw error;
  }
}

function jsonOf(value: unknown): JsonValue {
  if (value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string")
    return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, jsonOf(each)]));
  return String(value);
}
