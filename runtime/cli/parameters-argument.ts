import { readFileSync } from "node:fs";
import { messageOf, TaskwireError } from "../base/errors.js";
import { exactJson, JsonError } from "../base/exact-json.js";
import { cut } from "../base/text.js";

/**
 * Parameters of a task as a command line gives them: JSON, `@FILE`, or `-` for standard input. Throws TaskwireError:
 * parameters_unreadable, bad_json.
 */
export function parametersIn(argument: string): unknown {
  const json = textOf(argument);
  try {
    return exactJson(json, true);
  } catch (error) {
    throw new TaskwireError(
      "bad_json",
      error instanceof JsonError && error.cause === undefined
        ? `parameters: ${error.message}`
        : `parameters: expected a JSON object, got ${cut(json, 80)} (${messageOf(error)})`,
      { cause: error },
    );
  }
}

/** The argument itself, or the text of a file or of standard input, without a byte order mark. */
function textOf(argument: string): string {
  const file = argument === "-" ? 0 : argument.startsWith("@") ? argument.slice(1) : undefined;
  if (file === undefined) return argument;
  const where = file === 0 ? "standard input" : file;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new TaskwireError("parameters_unreadable", `parameters: cannot read ${where}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new TaskwireError(
      "bad_json",
      `parameters: expected JSON in UTF-8 in ${where}, got other bytes; save it as UTF-8`,
      { cause: error },
    );
  }
}
