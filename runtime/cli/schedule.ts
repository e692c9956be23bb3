import { Command } from "commander";
import { sendByModel } from "../client/send.js";
import { entryOf, nextSlots } from "../scheduler/index.js";
import { dataOption, environmentOption, modelOption } from "./options.js";
import { openSchedules, type ScheduleFlags } from "./schedule-context.js";

const NEXT_SLOTS = 5;

export function scheduleCommand(): Command {
  const command = new Command("schedule").description(
    "what starts by itself: list it, start it now, pause it, resume it",
  );
  const sub = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addOption(modelOption())
      .addOption(environmentOption())
      .addOption(dataOption())
      .option("--json", "print the result as JSON")
      .addHelpText("after", `\nExample:\n  taskwire schedule ${example}\n`);
  const TASK = "<namespace>.<task> as in the YAML, or the wire name";
  sub("list", "every schedule, in words, with its next five runs", "list --env saas").action(list);
  sub("run", "start a task now, with the parameters of its schedule", "run dynamic_sampling.sliding_window_org")
    .argument("<task>", TASK)
    .action(runNow);
  sub("pause", "start a task no more until it is resumed", "pause dynamic_sampling.sliding_window_org")
    .argument("<task>", TASK)
    .action((task: string, flags: ScheduleFlags) => pause(task, flags, true));
  sub("resume", "start a paused task again from now on; what passed meanwhile is not made up", "resume issues.cleanup")
    .argument("<task>", TASK)
    .action((task: string, flags: ScheduleFlags) => pause(task, flags, false));
  return command;
}

async function list(flags: ScheduleFlags): Promise<void> {
  await using context = await openSchedules(flags);
  const now = Date.now();
  const rows = [];
  for (const entry of context.entries) {
    const { pause } = await context.stateOf(entry);
    const { plan, words, missed, jitter } = entry.schedule;
    const paused = pause?.paused ?? false;
    rows.push({
      task: entry.facts.key,
      plan: plan.kind === "cron" ? plan.expression : `every ${plan.period / 1000}s`,
      ...(plan.kind === "cron" ? { timezone: plan.timezone } : {}),
      words,
      missed,
      jitter: jitter / 1000,
      paused,
      next: (paused ? [] : nextSlots(entry.slots, now, NEXT_SLOTS)).map((slot) => new Date(slot).toISOString()),
    });
  }
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify(rows)}\n`);
    return;
  }
  if (rows.length === 0) process.stdout.write("no task has a schedule in this environment\n");
  for (const row of rows) {
    const state = row.paused ? "  (paused)" : "";
    process.stdout.write(
      `${row.task}${state}\n  ${row.words} [${row.plan}${row.timezone === undefined ? "" : `, ${row.timezone}`}]\n`,
    );
    for (const at of row.next) process.stdout.write(`    ${at}  in ${span(Date.parse(at) - now)}\n`);
    if (row.next.length === 0 && !row.paused) process.stdout.write("    never\n");
  }
}

async function runNow(task: string, flags: ScheduleFlags): Promise<void> {
  await using context = await openSchedules(flags);
  const entry = entryOf(context.entries, task);
  const sent = await sendByModel(context.client, context.model, entry.facts.key, entry.schedule.parameters ?? {});
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(sent)}\n` : `${sent.id}  ${sent.task} appended to ${sent.topic}\n`,
  );
}

async function pause(task: string, flags: ScheduleFlags, paused: boolean): Promise<void> {
  await using context = await openSchedules(flags);
  const entry = entryOf(context.entries, task);
  const marks = await context.marks(entry);
  await marks.pause(entry.facts.name, { paused, at: Date.now() });
  const [next] = nextSlots(entry.slots, Date.now(), 1);
  const result = { task: entry.facts.key, paused, next: next === undefined ? null : new Date(next).toISOString() };
  if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (paused)
    process.stdout.write(`${result.task} is paused; \`taskwire schedule resume ${result.task}\` starts it again\n`);
  else process.stdout.write(`${result.task} is resumed; next run ${result.next ?? "never"}\n`);
}

/** A span for people: its largest two units. */
function span(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) % 24;
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes % 60}m`;
  return `${minutes}m ${Math.floor(milliseconds / 1000) % 60}s`;
}
