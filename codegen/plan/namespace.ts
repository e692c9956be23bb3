import type { Model, NamespaceModel, TaskModel } from "taskwire/model";
import { namespaceNames, taskNames } from "../naming.js";
import { deprecatedDocOf, docOf } from "./comment.js";
import { sendCommand } from "./example.js";
import { importOfTypes, interfaceOf, schemasOf } from "./fields.js";
import type { FilePlan, NamespaceData, PropertyData } from "./file-plan.js";
import type { PlanOptions } from "./index.js";
import { literal } from "./literal.js";
import type { NameScope } from "./scope.js";

export function planNamespace(
  model: Model,
  namespace: NamespaceModel,
  scope: NameScope,
  options: PlanOptions,
): FilePlan {
  const names = namespaceNames(namespace.name);
  const { importExtension: extension } = options;
  const types = namespace.tasks.flatMap(({ parameters }) => parameters.map(({ type }) => type));
  const typesImport = importOfTypes(types, `../types${extension}`, scope);
  return {
    path: `${names.module}.ts`,
    source: options.sources.get(namespace.name) ?? "the schema",
    imports: [
      ...(namespace.tasks.length === 0
        ? []
        : [
            { module: "taskwire/generated" },
            {
              module: `../environments${extension}`,
              names: [{ name: "environments", alias: "environments$", typeOnly: false }],
            },
          ]),
      ...(typesImport === undefined ? [] : [typesImport]),
    ],
    template: "namespace",
    data: {
      interfaces: namespace.tasks.flatMap((task) => interfaces(namespace, task, scope)),
      type: names.type,
      object: names.object,
      doc: docOf(namespace.description ?? `The tasks of ${namespace.name}.`),
      objectDoc: deprecatedDocOf(namespace.deprecated),
      ...(namespace.external === undefined
        ? { handlers: names.handlers, handlersDoc: docOf(`What runs the tasks of ${namespace.name}.`) }
        : { handlers: "", handlersDoc: docOf() }),
      tasks: namespace.tasks.map((task) => taskData(model, namespace, task, scope)),
    },
  };
}

function interfaces({ name }: NamespaceModel, task: TaskModel, scope: NameScope) {
  const { input, parameters } = taskNames(task.key);
  const key = `${name}.${task.key}`;
  return [
    interfaceOf(input, docOf(`What a caller of ${key} gives.`), task.parameters, "input", scope),
    interfaceOf(parameters, docOf(`What the handler of ${key} gets.`), task.parameters, "output", scope),
  ];
}

function taskData(
  model: Model,
  namespace: NamespaceModel,
  task: TaskModel,
  scope: NameScope,
): NamespaceData["tasks"][number] {
  const names = taskNames(task.key);
  const key = `${namespace.name}.${task.key}`;
  return {
    ...names,
    doc: deprecatedDocOf(
      task.deprecated,
      task.description,
      isRaw(namespace, task) ? RAW_NOTE : undefined,
      namespace.external === undefined ? undefined : `Run by the application ${namespace.external.application}.`,
      environmentsNote(namespace),
      task.schedule === undefined ? undefined : `Scheduled: ${task.schedule.words}.`,
      sendCommand(key, task.parameters, scope),
    ),
    facts: factsOf(model, namespace, task, key),
    fields: schemasOf(task.parameters, scope),
  };
}

function environmentsNote({ environments }: NamespaceModel): string | undefined {
  if (environments === undefined) return undefined;
  return `Only in ${environments.length === 1 ? "environment" : "environments"} ${environments.join(", ")}.`;
}

function isRaw({ raw }: NamespaceModel, { name }: TaskModel): boolean {
  return raw?.task === name;
}

const RAW_NOTE =
  "Raw: .delay() appends the bytes themselves as the record, with `headers` as the only option; whatever else is appended to its topic becomes an activation of this task, too.";

/** The task's facts in the order of TaskFacts; absent ones are left out. */
function factsOf(model: Model, namespace: NamespaceModel, task: TaskModel, key: string): readonly PropertyData[] {
  const facts: readonly (readonly [string, unknown])[] = [
    ["key", key],
    ["name", task.name],
    ["namespace", namespace.name],
    ["application", namespace.external?.application ?? model.application],
    ["hash", task.hash],
    ["processingDeadline", task.processingDeadline],
    ["expires", task.expires],
    ["atMostOnce", task.atMostOnce],
    ["compression", task.compression],
    ["silenced", task.silenced],
    ["owner", task.owner],
    ["formerly", task.formerly],
    ["retry", task.retry],
    ["raw", isRaw(namespace, task) ? true : undefined],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: literal(value) }]));
}
