import { Command } from "commander";
import type { DelayOptions } from "../../activation/task.js";
import { milliseconds } from "../../base/duration.js";
import { messageOf } from "../../base/errors.js";
import { dataFolderFor } from "../../base/files/data-folder.js";
import { LogClient } from "../../client/client.js";
import { sendByModel } from "../../client/send-by-model.js";
import { poolOf, unread } from "../../client/unread.js";
import { clusterOf, named } from "../../model/environment.js";
import { dataOption, environmentOf, environmentOption, modelOf, modelOption } from "../options.js";
import { parametersIn } from "../parameters-argument.js";
import { whenInterrupted } from "../signals.js";

interface SendFlags {
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly countdown?: string;
  readonly expires?: string;
  readonly id?: string;
  readonly json?: boolean;
}

export function sendCommand(): Command {
  return new Command("send")
    .description("send a task: append one activation to its topic")
    .argument("<task>", "<namespace>.<task> as in the YAML, or the wire name")
    .argument("[parameters]", 'JSON object; @FILE reads it from a file, "-" from standard input', "{}")
    .addOption(modelOption())
    .addOption(environmentOption())
    .addOption(dataOption())
    .option("--countdown <DURATION>", "wait this long before the task may start, such as 5m")
    .option("--expires <DURATION>", "drop the task if it has not started within this time, such as 1h")
    .option("--id <ID>", "the activation's id (default: a new one)")
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      `\nExamples:\n  taskwire send issues.deliver_issue_webhook '{"organization_id": 1, "group_id": 2}'\n  taskwire send dynamic_sampling.boost_low_volume_projects --countdown 10s\n  taskwire send issues.deliver_issue_webhook @parameters.json\n`,
    )
    .action(async (name: string, parameters: string, flags: SendFlags) => {
      const model = await modelOf(flags.model);
      const environment = environmentOf(model, flags.env);
      const folder = environment.clusters.some((cluster) => cluster.kind !== "kafka")
        ? dataFolderFor("the embedded log", flags.data)
        : undefined;
      const given = parametersIn(parameters);
      await using client = new LogClient(environment, folder === undefined ? {} : { dataFolder: folder });
      const appended = whenInterrupted("stopped before the log confirmed the activation; it may be stored anyway");
      const sent = await sendByModel(client, model, name, given, optionsOf(flags));
      appended();
      const topic = named("topic", environment.topics, sent.topic);
      const log = await client.log(clusterOf(environment, topic));
      const group = poolOf(environment, sent.topic)?.group ?? "";
      if (flags.json !== true)
        process.stdout.write(
          `${sent.id}  ${sent.task} appended to ${sent.topic}${folder === undefined ? "" : ` in ${folder}`}\n`,
        );
      // The activation is stored, also when this question gets no answer.
      const read = await log.everRead(sent.topic, group).catch((error: unknown) => {
        process.stderr.write(
          `taskwire: the activation is appended; whether a broker has ever read topic "${sent.topic}" is unknown: ${messageOf(error)}\n`,
        );
        return null;
      });
      if (flags.json === true)
        process.stdout.write(`${JSON.stringify({ ...sent, root: sent.id, data: folder, read })}\n`);
      if (read === false) process.stderr.write(`taskwire: ${unread(environment, sent.topic, folder)}\n`);
    });
}

function optionsOf({ countdown, expires, id }: SendFlags): DelayOptions {
  return {
    ...(countdown === undefined ? {} : { countdown: milliseconds(countdown) / 1000 }),
    ...(expires === undefined ? {} : { expires: milliseconds(expires) / 1000 }),
    ...(id === undefined ? {} : { id }),
  };
}
