import { Command, InvalidArgumentError, Option } from "commander";
import type { PauseKind } from "../../../operations/documents/controls.js";
import { type ChangeFlags, changingCommand } from "../../operator/options.js";
import { untilOption } from "./answer.js";
import { changeControl } from "./change.js";

interface PauseFlags extends ChangeFlags, Readonly<Partial<Record<PauseKind, string>>> {
  readonly until?: string;
}

const KINDS: readonly PauseKind[] = ["task", "namespace", "topic", "pool"];

export function pauseCommand(): Command {
  return changingCommand(
    subjects(
      new Command("pause").description(
        "hand out no more work of a task, namespace, topic or pool; what runs is finished, what waits stays in order",
      ),
    ).addOption(untilOption()),
    ["pause --task issues.deliver_issue_webhook --until 2h --reason 'customer is down'", "pause --pool default --yes"],
  ).action((flags: PauseFlags) => {
    const { until } = flags;
    const subject = subjectOf(flags);
    return changeControl(flags, "Pause", { ...subject, ...(until === undefined ? {} : { until }) }, "pause");
  });
}

export function resumeCommand(): Command {
  return changingCommand(
    subjects(new Command("resume").description("end a pause: what waited is handed out in its order")),
    ["resume --task issues.deliver_issue_webhook", "resume --pool default --yes"],
  ).action((flags: PauseFlags) => changeControl(flags, "Resume", subjectOf(flags), "resume"));
}

function subjects(command: Command): Command {
  return command
    .addOption(new Option("--task <NAME>", "wire name of the task"))
    .addOption(new Option("--namespace <NAME>", "the namespace"))
    .addOption(new Option("--topic <NAME>", "the topic"))
    .addOption(new Option("--pool <NAME>", "the pool"));
}

function subjectOf(flags: PauseFlags): { readonly kind: PauseKind; readonly subject: string } {
  const [given, ...more] = KINDS.flatMap((kind) => {
    const subject = flags[kind];
    return subject === undefined ? [] : [{ kind, subject }];
  });
  if (given !== undefined && more.length === 0) return given;
  throw new InvalidArgumentError(
    `Expected one of --task, --namespace, --topic and --pool, got ${given === undefined ? "none" : more.length + 1}.`,
  );
}
