import { type Command, Option } from "commander";
import type { EnvironmentModel } from "../../model/model.js";
import { dataOption, environmentOf } from "../options.js";
import { PoolLogs } from "../pool-logs.js";
import { modelsOf } from "./content.js";

/** Options of commands that read dead letters from the log while no broker answers. */
export interface LogFlags {
  readonly env?: string;
  readonly data?: string;
  readonly model?: readonly string[];
}

/** Adds the options by which a command finds the log; it has --model, too. */
export function readingLogs(command: Command): Command {
  return command
    .addOption(
      new Option(
        "--env <NAME>",
        "the environment of the brokers: while none of them answers, read dead letters from its log",
      ).env("TASKWIRE_ENV"),
    )
    .addOption(dataOption());
}

/** The logs that the flags name; undefined: they name none. */
export function logsOf(flags: LogFlags): PoolLogs | undefined {
  const { env, data } = flags;
  return env === undefined ? undefined : new PoolLogs(() => named(flags, env), data);
}

/** The environment of the first model that has it; undefined: there is no model. */
async function named(flags: LogFlags, name: string): Promise<EnvironmentModel | undefined> {
  const models = await modelsOf(flags);
  const [first] = models;
  if (first === undefined) return undefined;
  const model = models.find(({ environments }) => environments.some((each) => each.name === name)) ?? first;
  return environmentOf(model, name);
}
