import { type DelayOptions, factsOfModel } from "../activation/task.js";
import { TaskwireError } from "../base/errors.js";
import { newId } from "../base/ids.js";
import { checkNamespace, topicOf } from "../model/environment.js";
import type { Model, NamespaceModel, TaskModel } from "../model/model.js";
import type { Client } from "./connect.js";
import { parametersOfModel } from "./model-parameters.js";
import { timingOf } from "./options.js";
import { appendRaw, rawHeadersOf, rawRecordOf } from "./raw.js";
import { appendWith, recordOf } from "./records.js";

export interface Sent {
  readonly id: string;
  /** `<namespace>.<task>` as in the YAML. */
  readonly task: string;
  readonly topic: string;
}

/** Sends one activation by the model alone. `name`: `<namespace>.<task>` as in the YAML, or the wire name. */
export async function sendByModel(
  client: Client,
  model: Model,
  name: string,
  json: unknown,
  options: DelayOptions = {},
): Promise<Sent> {
  const { namespace, task } = findTask(model, name);
  checkNamespace(client.environment, namespace.name, `${namespace.name}.${task.key}`);
  const facts = factsOfModel(model, namespace, task);
  const parameters = parametersOfModel(model, task);
  const input = parameters.fromJson(facts.key, json);
  const topic = topicOf(client.environment, namespace.name).name;
  if (facts.raw === true) {
    const record = rawRecordOf(facts, parameters.check(facts.key, input), rawHeadersOf(facts, options));
    const [id = ""] = await appendRaw(client, facts, [record]);
    return { id, task: facts.key, topic };
  }
  const written = parameters.write(facts.key, input);
  const id = options.id ?? newId();
  await appendWith(client, facts, [await recordOf(facts, written, id, timingOf(facts, options))]);
  return { id, task: facts.key, topic };
}

/** Throws TaskwireError `unknown_task` that lists the known ones. */
export function findTask(model: Model, name: string): { readonly namespace: NamespaceModel; readonly task: TaskModel } {
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
