import { type Command, Option } from "commander";
import { editedFor } from "../../../front/letters/edited.js";
import type { EditedParameters } from "../../../operations/edited-parameters.js";
import { type ModelFlags, modelsOf, modelsOption } from "../../operator/content.js";
import { type OperatorFlags, operatorCommand } from "../../operator/options.js";
import { asOperator, type Operator, onePerPool } from "../../operator/session.js";
import { oneLine } from "../../output/logger.js";
import { parametersIn } from "../../parameters-argument.js";
import { PLACE } from "./list.js";

type Models = Pick<ModelFlags, "model">;

interface CheckFlags extends OperatorFlags, Models {
  readonly parameters: string;
}

export const parametersOption = () =>
  new Option("--parameters <FILE>", "a JSON file of parameters in place of the dead letter's, or - for standard input");

export function checkCommand(command: Command): Command {
  return operatorCommand(
    command
      .command("check")
      .description("check parameters for a replay of a dead letter, and change nothing")
      .argument("<place>", PLACE)
      .addOption(parametersOption().makeOptionMandatory())
      .addOption(modelsOption()),
    ["dead-letters check events-dlq/0/17 --parameters edited.json"],
  ).action((place: string, flags: CheckFlags) =>
    asOperator(flags, async (asked) => {
      const operator = await onePerPool(asked);
      const edited = await editedIn(operator, place, flags.parameters, flags);
      if (operator.json) operator.document(edited.fit ? { fit: true } : edited);
      else if (edited.fit) operator.line("the parameters fit");
      if (!edited.fit) refuse(operator, edited);
    }),
  );
}

/** The parameters of a file, checked and encoded for the task of a dead letter. */
export async function editedIn(
  operator: Operator,
  place: string,
  file: string,
  flags: Models,
): Promise<EditedParameters> {
  const json = parametersIn(file === "-" ? "-" : `@${file}`);
  const { edited, partial } = await editedFor(operator.front, place, await modelsOf(flags), json);
  operator.missing(partial);
  return edited;
}

/** Names what does not fit; the exit code becomes 1. */
export function refuse(operator: Operator, { issues }: Extract<EditedParameters, { fit: false }>): void {
  for (const { path, expected, found } of issues) {
    operator.say(oneLine(`${path === "" ? "" : `${path}: `}expected ${expected}, got ${found}`));
  }
  process.exitCode = 1;
}
