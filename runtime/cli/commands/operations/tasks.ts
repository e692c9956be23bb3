import { Command } from "commander";
import { TaskwireError } from "../../../base/errors.js";
import type { Model } from "../../../model/model.js";
import type { Status } from "../../../operations/status/document.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { printTable } from "../../operator/print-table.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { facts, span } from "../../operator/text.js";
import { modelIfAny, modelOption } from "../../options.js";
import { oneLine } from "../../output/logger.js";

interface TaskFlags extends OperatorFlags {
  readonly model?: string;
}

/** A task of the model, or one that a broker has in flight or in its last minute. */
interface TaskLine {
  readonly task: string;
  readonly namespace: string;
  readonly application: string;
  /** Whether the model has it. */
  readonly declared: boolean;
  readonly owner: string | null;
  readonly description: string | null;
  readonly pending: number;
  readonly delayed: number;
  readonly processing: number;
  readonly parked: number;
  /** Milliseconds; null: none is pending. */
  readonly oldestPending: number | null;
  /** Completed and failed runs of the last minute. */
  readonly done: number;
  readonly failed: number;
  /** Waiting work that no connected worker takes. */
  readonly unclaimed: number;
}

export function tasksCommand(): Command {
  const command = new Command("tasks").description("list and show tasks: those of the schema and those in flight");
  operatorCommand(
    command.command("list").description("list tasks with what is in flight of them").addOption(modelOption()),
    ["tasks list", "tasks list --json"],
  ).action((flags: TaskFlags) => asOperator(flags, async (operator) => list(operator, await linesOf(operator, flags))));
  operatorCommand(
    command
      .command("show")
      .description("show one task")
      .argument("<task>", "<namespace>.<task> as in the YAML, or the wire name")
      .addOption(modelOption()),
    ["tasks show issues.deliver_issue_webhook"],
  ).action((name: string, flags: TaskFlags) =>
    asOperator(flags, async (operator) => {
      const model = await modelIfAny(flags.model);
      const wire = wireNameOf(model, name);
      const found = (await linesOf(operator, flags)).filter(({ task }) => task === wire);
      if (found.length === 0)
        throw new TaskwireError(
          "unknown_task",
          `unknown task "${name}": neither in flight nor in ${model === undefined ? "a schema, which is not at hand (--model FILE)" : "the schema"}; \`taskwire tasks list\` lists those that are`,
        );
      for (const line of found) show(operator, line);
    }),
  );
  return command;
}

async function linesOf(operator: Operator, flags: TaskFlags): Promise<readonly TaskLine[]> {
  const model = await modelIfAny(flags.model);
  const { answers, partial } = await operator.front.statuses();
  operator.missing(partial);
  const lines = new Map<string, TaskLine>();
  const at = (task: Pick<TaskLine, "application" | "namespace" | "task">): TaskLine => {
    const { application, namespace, task: name } = task;
    const key = JSON.stringify([application, namespace, name]);
    const line = lines.get(key) ?? { ...EMPTY, application, namespace, task: name };
    lines.set(key, line);
    return line;
  };
  const put = (line: TaskLine) => lines.set(JSON.stringify([line.application, line.namespace, line.task]), line);
  for (const line of declared(model)) put(line);
  for (const { document } of answers) {
    for (const task of document.tasks) put(withTask(at(task), task));
    for (const rate of document.lastMinute) {
      const line = at(rate);
      put({ ...line, done: line.done + rate.done, failed: line.failed + rate.failed });
    }
    for (const task of document.unclaimed) {
      const line = at(task);
      put({ ...line, unclaimed: line.unclaimed + task.pending + task.parked });
    }
  }
  return [...lines.values()].sort((one, other) => (one.task < other.task ? -1 : 1));
}

const EMPTY: TaskLine = {
  task: "",
  namespace: "",
  application: "",
  declared: false,
  owner: null,
  description: null,
  pending: 0,
  delayed: 0,
  processing: 0,
  parked: 0,
  oldestPending: null,
  done: 0,
  failed: 0,
  unclaimed: 0,
};

function declared(model: Model | undefined): TaskLine[] {
  if (model === undefined) return [];
  return model.namespaces.flatMap((namespace) =>
    namespace.tasks.map((task) => ({
      ...EMPTY,
      task: task.name,
      namespace: namespace.name,
      application: namespace.external?.application ?? model.application,
      declared: true,
      owner: task.owner ?? null,
      description: task.description ?? null,
    })),
  );
}

function withTask(line: TaskLine, task: Status["tasks"][number]): TaskLine {
  const oldest = [line.oldestPending, task.oldestPending].filter((age) => age !== null);
  return {
    ...line,
    owner: line.owner ?? task.owner ?? null,
    pending: line.pending + task.pending,
    delayed: line.delayed + task.delayed,
    processing: line.processing + task.processing,
    parked: line.parked + task.parked,
    oldestPending: oldest.length === 0 ? null : Math.max(...oldest),
  };
}

function list(operator: Operator, lines: readonly TaskLine[]): void {
  if (operator.json) operator.document({ tasks: lines });
  if (lines.length === 0) {
    if (!operator.json) operator.say("no task is in flight, and no schema is at hand (--model FILE)");
    operator.nothingMatched();
    return;
  }
  if (operator.json) return;
  const rows = lines.map((line) => [
    line.task,
    line.namespace,
    ...[line.pending, line.delayed, line.processing, line.parked, line.done, line.failed].map(String),
    line.oldestPending === null ? "" : span(line.oldestPending),
    String(line.unclaimed),
    line.owner ?? "",
  ]);
  const head = [
    "task",
    "namespace",
    "pending",
    "delayed",
    "processing",
    "parked",
    "done/min",
    "failed/min",
    "oldest",
    "no worker",
    "owner",
  ];
  printTable(operator, head, rows, { names: 2, kept: 5 });
}

function show(operator: Operator, line: TaskLine): void {
  if (operator.json) {
    operator.document(line);
    return;
  }
  const lines = facts([
    ["task", line.task],
    ["namespace", line.namespace],
    ["application", line.application],
    ["owner", line.owner],
    ["description", line.description],
    ["in the schema", line.declared ? "yes" : "no"],
    ["pending", line.pending],
    ["delayed", line.delayed],
    ["processing", line.processing],
    ["parked", line.parked],
    ["oldest pending", line.oldestPending === null ? null : span(line.oldestPending)],
    ["last minute", `${line.done} completed, ${line.failed} failed`],
    ["without a worker", line.unclaimed === 0 ? null : line.unclaimed],
  ]);
  for (const text of lines) operator.line(oneLine(text));
}

function wireNameOf(model: Model | undefined, name: string): string {
  for (const namespace of model?.namespaces ?? [])
    for (const task of namespace.tasks) if (name === `${namespace.name}.${task.key}`) return task.name;
  return name;
}
