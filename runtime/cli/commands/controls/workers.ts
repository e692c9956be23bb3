import { Command } from "commander";
import type { DrainAnswer, WorkersAnswer } from "../../../operations/documents/workers.js";
import { confirm } from "../../operator/confirm.js";
import { type ChangeFlags, changingCommand, type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { printTable } from "../../operator/print-table.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { counted, span } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";

export function workersCommand(): Command {
  const command = new Command("workers").description("list workers, and drain them");
  operatorCommand(
    command.command("list").description("list connected workers, those that poll, and those that are pushed to"),
    ["workers list"],
  ).action((flags: OperatorFlags) => asOperator(flags, list));
  changingCommand(
    command
      .command("drain")
      .description("hand a worker nothing more until its session ends or `undrain`; what it runs is finished")
      .argument("<worker>", "its id"),
    ["workers drain w-7 --yes --reason 'host is replaced'"],
  ).action((worker: string, flags: ChangeFlags) => drain(worker, flags, false));
  changingCommand(
    command.command("undrain").description("hand a drained worker work again").argument("<worker>", "its id"),
    ["workers undrain w-7 --yes"],
  ).action((worker: string, flags: ChangeFlags) => drain(worker, flags, true));
  return command;
}

function stateOf({ lost, drained, draining }: WorkersAnswer["sessions"][number]): string {
  if (lost) return "lost";
  return drained ? "drained" : draining ? "draining" : "connected";
}

async function list(operator: Operator): Promise<void> {
  const { answers, partial } = await operator.front.ask<WorkersAnswer>("Workers", {});
  operator.missing(partial);
  const several = operator.front.brokers.length > 1;
  const sessions = answers.flatMap(({ broker, document }) =>
    document.sessions.map((session) => ({ ...session, state: stateOf(session), broker })),
  );
  const pull = answers.flatMap(({ broker, document }) => document.pullClients.map((each) => ({ ...each, broker })));
  const push = answers.flatMap(({ broker, document }) => document.pushTargets.map((each) => ({ ...each, broker })));
  if (operator.json) {
    const missing = partial.map(({ broker }) => broker);
    operator.document({ sessions, pullClients: pull, pushTargets: push, partial: missing });
  } else if (sessions.length > 0) {
    const rows = sessions.map(({ worker, application, about, slots, processing, tasks, state, vitals, broker }) => [
      worker,
      application,
      about?.host ?? "",
      slots === null ? String(processing) : `${processing}/${slots}`,
      String(tasks),
      state,
      vitals?.crashLoop ?? "",
      about?.version ?? "",
      ...(several ? [broker] : []),
    ]);
    const head = [
      "worker",
      "application",
      "host",
      "busy",
      "tasks",
      "state",
      "problem",
      "version",
      ...(several ? ["broker"] : []),
    ];
    printTable(operator, head, rows, { names: 0, kept: 6 });
  }
  if (!operator.json) {
    for (const { application, age } of pull)
      operator.line(oneLine(`polls: ${application ?? "any application"}, last ${span(age)} ago`));
    for (const { application, address } of push) operator.line(oneLine(`pushed to: ${application} at ${address}`));
  }
  if (sessions.length + pull.length + push.length > 0) return;
  if (!operator.json) operator.say(`no worker is connected to ${operator.front.brokers.join(", ")}`);
  operator.nothingMatched();
}

function drain(worker: string, flags: ChangeFlags, undo: boolean): Promise<void> {
  return asOperator(flags, async (operator) => {
    const dryRun = flags.dryRun === true;
    if (!dryRun) await confirm(flags, `${undo ? "hand work again to" : "hand no more work to"} worker ${worker}`, 0);
    const reason = flags.reason === undefined ? {} : { reason: flags.reason };
    const request = { worker, ...reason, ...(undo ? { undo } : {}), ...(dryRun ? { dryRun } : {}) };
    const { answers, partial } = await operator.front.ask<DrainAnswer>("Drain", request);
    operator.missing(partial);
    for (const { broker, document } of answers) {
      if (operator.json) operator.document({ broker, ...document });
      else {
        const { drained, processing } = document;
        const state = drained ? "drained" : "handed work";
        operator.line(
          oneLine(
            `worker ${worker} at ${broker}: ${dryRun ? "now " : ""}${state}; it runs ${counted(processing, "activation")}`,
          ),
        );
      }
    }
  });
}
