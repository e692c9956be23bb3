import { Command } from "commander";
import { messageOf, TaskwireError } from "../../base/errors.js";
import type { Status } from "../../operations/status/document.js";
import { fetchStatus } from "../look.js";
import { brokersOption, SECURITY_HELP } from "../options.js";
import { oneLine } from "../output/logger.js";
import { statusText } from "../output/status-text.js";
import { whenInterrupted } from "../signals.js";

interface StatusFlags {
  readonly broker: readonly string[];
  readonly filter?: string;
  readonly short?: boolean;
  readonly json?: boolean;
}

/** Columns where there is no terminal to ask. */
const WIDTH = 80;
/** Exit code when some of several brokers gave no status. */
const IN_PART = 4;

export function statusCommand(): Command {
  return new Command("status")
    .description("show what is in flight in a broker, by state and task, and what waits without a worker")
    .addOption(brokersOption())
    .option("--filter <FILTER>", "only these tasks, such as ns:issues or task:issues.*; --json has all fields of them")
    .option("--short", "one line: whether it is ready, and the numbers by state")
    .option("--json", "print the broker's status document as JSON; of several brokers one line each, with its address")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire status\n  taskwire status --filter 'task:issues.*' --short\n  taskwire status --broker 127.0.0.1:50061 --json\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: StatusFlags) => {
      const brokers = [...new Set(flags.broker)];
      whenInterrupted(`stopped before the broker at ${brokers.join(", ")} answered`);
      const selected =
        flags.filter === undefined ? undefined : (await import("../operator/task-filter.js")).taskFilter(flags.filter);
      const print = (broker: string, json: string) => {
        const all: Status = JSON.parse(json);
        const status = selected === undefined ? all : ofTasks(all, selected);
        const several = brokers.length > 1;
        if (flags.json === true && several) process.stdout.write(`${JSON.stringify({ broker, status })}\n`);
        else if (flags.json === true)
          process.stdout.write(`${selected === undefined ? json : JSON.stringify(status)}\n`);
        else if (flags.short === true)
          process.stdout.write(`${oneLine(`${several ? `${broker}  ` : ""}${shortText(status)}`)}\n`);
        else {
          if (several) process.stdout.write(`broker ${broker}\n`);
          process.stdout.write(`${statusText(status, process.stdout.columns ?? WIDTH)}${several ? "\n" : ""}`);
        }
      };
      const answers = await Promise.allSettled(brokers.map((broker) => fetchStatus(broker)));
      const [first] = answers;
      if (first?.status === "rejected" && answers.every(({ status }) => status === "rejected")) throw first.reason;
      for (const [index, answer] of answers.entries()) {
        if (answer.status === "fulfilled") print(brokers[index] ?? "", answer.value);
        else if (!(answer.reason instanceof TaskwireError)) throw answer.reason;
        else {
          process.stderr.write(`${oneLine(`warning: ${messageOf(answer.reason)}`)}\n`);
          process.exitCode = IN_PART;
        }
      }
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
