import { Command } from "commander";
import type { CancelJobDocument, JobsDocument } from "../../../operations/documents/jobs.js";
import { progress } from "../../operator/change.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { printTable } from "../../operator/print-table.js";
import { asOperator, type Operator } from "../../operator/session.js";
import { ago } from "../../operator/text.js";
import { oneLine } from "../../output/logger.js";

export function jobsCommand(): Command {
  const command = new Command("jobs").description("list and cancel bulk work, which changes by a filter start");
  operatorCommand(
    command.command("list").description("list the jobs that run and those of the last hour, the newest first"),
    ["jobs list"],
  ).action((flags: OperatorFlags) => asOperator(flags, list));
  operatorCommand(
    command
      .command("cancel")
      .description("end a job after its present slice; what it did stays done")
      .argument("<id>", "the job's id")
      .option("--reason <TEXT>", "why; it is written in the audit log"),
    ["jobs cancel 4f2a90c1e7b3"],
  ).action((id: string, flags: OperatorFlags & { readonly reason?: string }) =>
    asOperator(flags, async (operator) => {
      const { reason } = flags;
      const request = reason === undefined ? { id } : { id, reason };
      const { answers, partial } = await operator.front.ask<CancelJobDocument>("CancelJob", request);
      operator.missing(partial);
      for (const { broker, document } of answers) {
        if (operator.json) operator.document({ broker, ...document });
        else operator.line(oneLine(`job ${document.job.id}: ${document.job.state}; ${progress(document.job)}`));
      }
    }),
  );
  return command;
}

async function list(operator: Operator): Promise<void> {
  const { answers, partial } = await operator.front.ask<JobsDocument>("Jobs", {});
  operator.missing(partial);
  const jobs = answers
    .flatMap(({ broker, document }) => document.jobs.map((job) => ({ broker, ...job })))
    .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
  if (operator.json) operator.document({ jobs, partial: partial.map(({ broker }) => broker) });
  if (jobs.length === 0) {
    if (!operator.json) operator.say("no job has run in the last hour");
    operator.nothingMatched();
    return;
  }
  if (operator.json) return;
  const rows = jobs.map((job) => [
    job.filter,
    job.id,
    job.verb,
    job.state,
    ago(job.startedAt),
    progress(job),
    job.actor,
    ...(operator.front.brokers.length > 1 ? [job.broker] : []),
    job.error,
  ]);
  const broker = operator.front.brokers.length > 1 ? ["broker"] : [];
  const head = ["filter", "id", "what", "state", "started", "so far", "by", ...broker, "error"];
  printTable(operator, head, rows, { names: 1, kept: 6 });
}
