import type { Model, NamespaceModel, TaskModel } from "taskwire/model";
import { below } from "../language/index.js";
import { namespaceNames, taskNames } from "../naming.js";
import { importOfTypes, interfaceOf, sameFields, schemasOf } from "./fields.js";
import type { FilePlan, InterfaceData, NamespaceData, PropertyData } from "./file-plan.js";
import { type PlanOptions, seen } from "./options.js";
import { docOf, taggedDocOf } from "./text/comment.js";
import { sendCommand } from "./text/example.js";
import { literalLines } from "./text/literal.js";
import type { NameScope } from "./text/scope.js";

export function planNamespace(
  model: Model,
  namespace: NamespaceModel,
  scope: NameScope,
  options: PlanOptions,
): FilePlan {
  const names = namespaceNames(namespace.name);
  const schemaPath = below("namespaces", namespace.name);
  const see = seen(schemaPath, "", options);
  const { importExtension: extension } = options;
  const description = namespace.description ?? `Tasks of ${namespace.name}.`;
  const types = namespace.tasks.flatMap(({ parameters }) => parameters.map(({ type }) => type));
  const typesImport = importOfTypes(types, `../types${extension}`, scope);
  return {
    path: `${names.module}.ts`,
    source: options.sources.get(schemaPath) ?? "the schema",
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
      doc: docOf(description),
      objectDoc: taggedDocOf({ deprecated: namespace.deprecated, see }, description),
      ...(namespace.external === undefined
        ? { handlers: names.handlers, handlersDoc: docOf(`Handlers of the tasks of ${namespace.name}.`) }
        : { handlers: "", handlersDoc: docOf() }),
      tasks: namespace.tasks.map((task) => taskData(model, namespace, task, scope, options)),
    },
  };
}

function interfaces({ name }: NamespaceModel, task: TaskModel, scope: NameScope): readonly InterfaceData[] {
  const { input, parameters } = taskNames(task.key);
  const key = `${name}.${task.key}`;
  const passed = interfaceOf(
    input,
    docOf(`Parameters of ${key}, as a caller passes them.`),
    task.parameters,
    "input",
    scope,
  );
  const received = interfaceOf(
    parameters,
    docOf(`Parameters of ${key}, as its handler receives them.`),
    task.parameters,
    "output",
    scope,
  );
  return sameFields(passed, received)
    ? [
        { ...passed, doc: docOf(`Parameters of ${key}.`) },
        { ...received, sameAs: input },
      ]
    : [passed, received];
}

function taskData(
  model: Model,
  namespace: NamespaceModel,
  task: TaskModel,
  scope: NameScope,
  options: PlanOptions,
): NamespaceData["tasks"][number] {
  const names = taskNames(task.key);
  const key = `${namespace.name}.${task.key}`;
  return {
    ...names,
    doc: taggedDocOf(
      {
        deprecated: task.deprecated,
        see: seen(below("namespaces", namespace.name), `.tasks.${task.key}`, options),
      },
      task.description,
      isRaw(namespace, task) ? RAW_DOC : undefined,
      namespace.external === undefined ? undefined : `Run by the application ${namespace.external.application}.`,
      environmentsDoc(namespace),
      task.schedule === undefined ? undefined : `Scheduled: ${task.schedule.words}.`,
      sendCommand(key, task.parameters, scope),
    ),
    facts: factsOf(model, namespace, task, key),
    fields: schemasOf(task.parameters, scope),
  };
}

function environmentsDoc({ environments }: NamespaceModel): string | undefined {
  if (environments === undefined) return undefined;
  return `Only in ${environments.length === 1 ? "environment" : "environments"} ${environments.join(", ")}.`;
}

function isRaw({ raw }: NamespaceModel, { name }: TaskModel): boolean {
  return raw?.task === name;
}

const RAW_DOC =
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
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: factText(name, value) }]));
}

/** Column of a task's facts. */
const FACT_COLUMN = 4;

function factText(name: string, value: unknown): string {
  const lines = literalLines(value, FACT_COLUMN + name.length + 2, FACT_COLUMN);
  return lines.join(`\n${" ".repeat(FACT_COLUMN)}`);
}
