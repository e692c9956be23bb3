import type { DelayOptions } from "../../../activation/task.js";
import { wholeSeconds } from "../../../base/duration.js";
import { messageOf } from "../../../base/errors.js";
import { nearest } from "../../../base/nearest.js";
import { OptionError } from "../../../base/option-error.js";
import { OversizedError } from "../../../client/errors.js";
import { sendByModel } from "../../../client/send-by-model.js";
import { RecordTooLargeError } from "../../../log/port.js";
import { AbsentNamespaceError, UnknownNameError } from "../../../model/environment.js";
import type { Model } from "../../../model/model.js";
import type { SentDocument } from "../../../operations/documents/front.js";
import { OperationError } from "../../../operations/errors.js";
import type { RequestReader } from "../../../operations/request.js";
import type { Call, Route } from "../../context.js";
import { parametersIn } from "../parameters.js";
import { bodyOf } from "../request.js";
import type { Project } from "./project.js";

export function sendRoute(project: Project): Route {
  return {
    method: "POST",
    path: "send",
    role: "operate",
    answer(call): Promise<SentDocument> {
      const reader = bodyOf(call);
      const task = reader.requiredText("task");
      const json = parametersIn(reader);
      const options = {
        ...secondsOf(reader, "countdown"),
        ...secondsOf(reader, "expires"),
        ...idOf(reader),
      };
      reader.end();
      return sent(call, project, task, json, options);
    },
  };
}

/** Sends one activation. Rejects as sendByModel, and with OperationError: cannot_send, unknown_task. */
export async function sent(
  { context, session }: Call,
  project: Project,
  name: string,
  json: unknown,
  options: DelayOptions,
): Promise<SentDocument> {
  const sends = context.sends();
  if (!sends.possible)
    throw new OperationError("invalid", "cannot_send", `nothing can be sent from here: ${sends.why}`);
  const { client, model } = project.of(context);
  checkKnown(model, name);
  const { id, name: task, topic } = await sendByModel(client, model, name, json, options).catch(refused);
  // No broker is asked, so none has it in its audit log.
  context.logger.info("sent a task for an operator", { actor: session.name, task, id, topic });
  return { id, task, topic };
}

/** What the request asks for cannot be sent; anything else is a fault of the log. */
function refused(error: unknown): never {
  if (error instanceof OptionError)
    throw new OperationError("bad_request", error.code, error.message, { cause: error });
  if (error instanceof UnknownNameError || error instanceof AbsentNamespaceError)
    throw new OperationError("invalid", error.code, error.message, { field: "task", cause: error });
  if (error instanceof OversizedError || error instanceof RecordTooLargeError)
    throw new OperationError("too_large", error.code, error.message, { field: "parameters", cause: error });
  throw error;
}

/** Whole seconds, or a duration such as "5m". */
function secondsOf(reader: RequestReader, name: "countdown" | "expires"): DelayOptions {
  const value = reader.any(name);
  if (value === undefined || value === "") return {};
  try {
    return { [name]: wholeSeconds(typeof value === "number" ? value : (reader.text(name) ?? "")) };
  } catch (error) {
    throw new OperationError("bad_request", "bad_parameter", `${name}: ${messageOf(error)}`, {
      field: name,
      cause: error,
    });
  }
}

function idOf(reader: RequestReader): DelayOptions {
  const id = reader.text("id");
  return id === undefined || id === "" ? {} : { id };
}

function checkKnown({ namespaces }: Model, name: string): void {
  const known = namespaces.flatMap((namespace) =>
    namespace.tasks.flatMap((task) => [task.name, `${namespace.name}.${task.key}`]),
  );
  if (known.includes(name)) return;
  const near = nearest(name, known);
  throw new OperationError(
    "not_found",
    "unknown_task",
    `task: the schema has no task "${name.slice(0, 120)}"${near === undefined ? "" : `; did you mean ${near}?`}`,
    { field: "task" },
  );
}
