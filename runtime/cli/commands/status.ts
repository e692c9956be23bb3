import { Command, Option } from "commander";
import type { Status } from "../../operations/status/document.js";
import { address, SECURITY_HELP } from "../options.js";
import { oneLine } from "../output/logger.js";
import { statusText } from "../output/status-text.js";
import { whenInterrupted } from "../signals.js";
import { fetchStatus } from "../status-call.js";

interface StatusFlags {
  readonly broker: string;
  readonly filter?: string;
  readonly short?: boolean;
  readonly json?: boolean;
}

/** Columns where there is no terminal to ask. */
const WIDTH = 80;

export function statusCommand(): Command {
  return new Command("status")
    .description("show what is in flight in a broker, by state and task, and what waits without a worker")
    .addOption(new Option("--broker <HOST:PORT>", "the broker").default("127.0.0.1:50051").argParser(address))
    .option("--filter <FILTER>", "only these tasks, such as ns:issues or task:issues.*; --json has all fields of them")
    .option("--short", "one line: whether it is ready, and the numbers by state")
    .option("--json", "print the broker's status document as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire status\n  taskwire status --filter 'task:issues.*' --short\n  taskwire status --broker 127.0.0.1:50061 --json\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: StatusFlags) => {
      whenInterrupted(`stopped before the broker at ${flags.broker} answered`);
      const selected =
        flags.filter === undefined ? undefined : (await import("../operator/task-filter.js")).taskFilter(flags.filter);
      const json = await fetchStatus(flags.broker);
      const all: Status = JSON.parse(json);
      const status = selected === undefined ? all : ofTasks(all, selected);
      if (flags.json === true) process.stdout.write(`${selected === undefined ? json : JSON.stringify(status)}\n`);
      else if (flags.short === true) process.stdout.write(`${oneLine(shortText(status))}\n`);
      else process.stdout.write(statusText(status, process.stdout.columns ?? WIDTH));
    });
}

/** The status of some tasks: what is of all tasks together stays, but for the numbers by state. */
function ofTasks(
  status: Status,
  selected: (task: Status["tasks"][number] | Status["lastMinute"][number]) => boolean,
): Status {
  const tasks = status.tasks.filter(selected);
  const sum = (state: keyof Status["counts"]) => tasks.reduce((total, task) => total + task[state], 0);
  const counts = {
    pending: sum("pending"),
    delayed: sum("delayed"),
    processing: sum("processing"),
    retry: sum("retry"),
    failure: sum("failure"),
    parked: sum("parked"),
  };
  const ages = tasks.flatMap(({ oldestPending }) => (oldestPending === null ? [] : [oldestPending]));
  return {
    ...status,
    counts,
    oldestPending: ages.length === 0 ? null : Math.max(...ages),
    tasks,
    unclaimed: status.unclaimed.filter((task) => tasks.some((each) => each.task === task.task)),
    lastMinute: status.lastMinute.filter(selected),
  };
}

function shortText({ pool, environment, notReady, counts }: Status): string {
  const ready = notReady.length === 0 ? "ready" : `not ready (${notReady.map(({ code }) => code).join(", ")})`;
  const numbers = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  return `${environment}/${pool}: ${ready}, ${numbers.join(", ")}`;
}
