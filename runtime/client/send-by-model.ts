import { parametersOfModel } from "../activation/parameter/model-parameters.js";
import { type DelayOptions, factsOfModel } from "../activation/task.js";
import { TaskwireError } from "../base/errors.js";
import { checkNamespace, topicOf } from "../model/environment.js";
import type { Model, NamespaceModel, TaskModel } from "../model/model.js";
import type { LogClient } from "./client.js";
import { send } from "./send.js";

interface Sent {
  readonly id: string;
  /** `<namespace>.<task>` as in the YAML. */
  readonly task: string;
  /** Wire name. */
  readonly name: string;
  readonly topic: string;
}

/** Sends one activation without generated code. `name`: `<namespace>.<task>` as in the YAML, or the wire name. */
export async function sendByModel(
  client: LogClient,
  model: Model,
  name: string,
  json: unknown,
  options: DelayOptions = {},
): Promise<Sent> {
  const { namespace, task } = findTask(model, name);
  checkNamespace(client.environment, namespace.name, `${namespace.name}.${task.key}`);
  const facts = factsOfModel(model, namespace, task);
  const parameters = parametersOfModel(model, task);
  const topic = topicOf(client.environment, namespace.name).name;
  const [id = ""] = await send(client, facts, parameters, [parameters.fromJson(facts.key, json)], options);
  return { id, task: facts.key, name: task.name, topic };
}

/** Throws TaskwireError `unknown_task`, which lists the known ones. */
function findTask(model: Model, name: string): { readonly namespace: NamespaceModel; readonly task: TaskModel } {
  const known: string[] = [];
  for (const namespace of model.namespaces) {
    for (const task of namespace.tasks) {
      const key = `${namespace.name}.${task.key}`;
      if (name === key || name === task.name) return { namespace, task };
      known.push(key);
    }
  }
  throw new TaskwireError(
    "unknown_task",
    `unknown task "${name}"; expected one of:\n${known.map((key) => `  ${key}`).join("\n")}`,
  );
}
