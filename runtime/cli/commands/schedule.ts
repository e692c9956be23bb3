import { Command } from "commander";
import { sendByModel } from "../../client/send-by-model.js";
import { entryOf, nextSlots } from "../../scheduler/index.js";
import { dataOption, environmentOption, modelOption } from "../options.js";
import { oneLine } from "../output/logger.js";
import { fittedTable } from "../output/table.js";
import { openSchedules, type Row, type ScheduleFlags } from "../schedule-context.js";

/** Columns without a terminal. */
const WIDTH = 80;

export function scheduleCommand(): Command {
  const command = new Command("schedule").description("list, run, pause and resume schedules");
  const TASK = "<namespace>.<task> as in the YAML, or the wire name";
  const sub = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addOption(modelOption())
      .addOption(environmentOption())
      .addOption(dataOption())
      .option("--json", "print the result as JSON")
      .addHelpText("after", `\nExample:\n  taskwire schedule ${example}\n`);
  sub(
    "list",
    "list schedules, one per line, with the next and the last run; with a task, in full with the next five runs",
    "list --env saas\n  taskwire schedule list issues.cleanup",
  )
    .argument("[tasks...]", TASK)
    .option("--filter <FILTER>", "only these tasks, such as ns:issues or task:issues.*")
    .option("--verbose", "show all schedules in full, with the next five runs")
    .action(list);
  sub("run", "start a task now, with the parameters of its schedule", "run dynamic_sampling.sliding_window_org")
    .argument("<task>", TASK)
    .action(runNow);
  sub("pause", "pause a schedule until it is resumed", "pause dynamic_sampling.sliding_window_org")
    .argument("<task>", TASK)
    .action((task: string, flags: ScheduleFlags) => pause(task, flags, true));
  sub("resume", "resume a paused schedule; runs that were skipped meanwhile are not made up", "resume issues.cleanup")
    .argument("<task>", TASK)
    .action((task: string, flags: ScheduleFlags) => pause(task, flags, false));
  return command;
}

async function list(
  tasks: readonly string[],
  flags: ScheduleFlags & { readonly verbose?: boolean; readonly filter?: string },
): Promise<void> {
  const selected =
    flags.filter === undefined ? () => true : (await import("../operator/task-filter.js")).taskFilter(flags.filter);
  await using context = await openSchedules(flags);
  const now = Date.now();
  const rows: Row[] = [];
  const named = tasks.map((task) => entryOf(context.schedules.entries, task));
  const all = context.schedules.entries.filter(({ facts: { application, namespace, name, key } }) =>
    [name, key].some((task) => selected({ application, namespace, task })),
  );
  for (const entry of named.length > 0 ? named : all) rows.push(await context.rowOf(entry, now));
  if (flags.json === true) process.stdout.write(`${JSON.stringify(rows)}\n`);
  else if (rows.length === 0) process.stdout.write("no task has a schedule in this environment\n");
  else if (named.length > 0 || flags.verbose === true) for (const row of rows) process.stdout.write(inFull(row, now));
  else process.stdout.write(`${inLines(rows, now).join("\n")}\n`);
}

/** One line per schedule, at most as wide as the terminal. */
function inLines(rows: readonly Row[], now: number): string[] {
  const when = ({ paused, next: [next] }: Row) =>
    paused ? "paused" : next === undefined ? "never" : `in ${span(Date.parse(next) - now)}`;
  const zone = ({ timezone }: Row) => (timezone === null || timezone === "UTC" ? "" : `, ${timezone}`);
  return fittedTable(
    ["task", "runs", "next", "last"],
    rows.map((row) => [row.task, `${row.words}${zone(row)}`, when(row), lastOf(row, now)]),
    { names: 2, width: process.stdout.columns ?? WIDTH },
  );
}

/** "" when nothing is known. */
function lastOf({ last, missedSlots, overdue }: Row, now: number): string {
  if (overdue !== null) return `${overdue.count} due, not started`;
  const started = last === null ? [] : [`${span(now - Date.parse(last))} ago`];
  const missed =
    missedSlots === null || (last !== null && last > missedSlots.last) ? [] : [`${missedSlots.count} missed`];
  return [...started, ...missed].join(", ");
}

/** What schedulers did, a line each. */
function done({ last, late, scheduler, missedSlots, overdue }: Row): string[] {
  const by = scheduler === null ? "" : `, by ${oneLine(scheduler)}`;
  const slots = (count: number) => `${count} ${count === 1 ? "slot" : "slots"}`;
  return [
    ...(last === null ? [] : [`    last: ${last}${late === null ? "" : `, ${late} ms late`}${by}`]),
    ...(missedSlots === null
      ? []
      : [`    missed: ${slots(missedSlots.count)}, from ${missedSlots.first} to ${missedSlots.last}`]),
    ...(overdue === null ? [] : [`    due: ${slots(overdue.count)} since ${overdue.first}, not started`]),
  ];
}

function inFull(row: Row, now: number): string {
  const lines = [
    `${row.task}${row.paused ? "  (paused)" : ""}`,
    `  ${row.words} [${row.plan}${row.timezone === null ? "" : `, ${row.timezone}`}]`,
    ...row.next.map((at) => `    ${at}  in ${span(Date.parse(at) - now)}`),
    ...(row.next.length === 0 && !row.paused ? ["    never"] : []),
    ...done(row),
  ];
  return `${lines.join("\n")}\n`;
}

async function runNow(task: string, flags: ScheduleFlags): Promise<void> {
  await using context = await openSchedules(flags);
  const entry = entryOf(context.schedules.entries, task);
  const sent = await sendByModel(context.client, context.model, entry.facts.key, entry.schedule.parameters ?? {});
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(sent)}\n` : `${sent.id}  ${sent.task} appended to ${sent.topic}\n`,
  );
}

async function pause(task: string, flags: ScheduleFlags, paused: boolean): Promise<void> {
  await using context = await openSchedules(flags);
  const entry = entryOf(context.schedules.entries, task);
  const watermarks = await context.schedules.watermarks(entry);
  await watermarks.pause(entry.facts.name, { paused, at: Date.now() });
  const [next] = nextSlots(entry.slots, Date.now(), 1);
  const result = { task: entry.facts.key, paused, next: next === undefined ? null : new Date(next).toISOString() };
  if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (paused)
    process.stdout.write(`${result.task} is paused; \`taskwire schedule resume ${result.task}\` resumes it\n`);
  else process.stdout.write(`${result.task} is resumed; next run ${result.next ?? "never"}\n`);
}

/** A span in its largest two units. */
function span(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return `${minutes}m ${Math.floor(milliseconds / 1000) % 60}s`;
}
