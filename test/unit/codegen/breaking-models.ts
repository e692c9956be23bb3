import type {
  EnvironmentModel,
  FieldModel,
  Model,
  NamedType,
  NamespaceModel,
  PoolModel,
  ScheduleModel,
  TaskModel,
  TopicModel,
  TypeModel,
} from "taskwire/model";

/** A type by its short form: `int`, `int[]`, `Level`. */
function typeOf(text: string): TypeModel {
  if (text.endsWith("[]")) return { kind: "list", element: typeOf(text.slice(0, -2)) };
  if (text.endsWith("{}")) return { kind: "map", element: typeOf(text.slice(0, -2)) };
  switch (text) {
    case "int":
    case "bigint":
    case "float":
    case "string":
    case "bool":
    case "bytes":
    case "datetime":
    case "uuid":
    case "json":
      return { kind: text };
    default:
      return { kind: "named", name: text };
  }
}

/** `field("a", "int?")`; `more` overrides. */
export function field(name: string, type: string, more: Partial<FieldModel> = {}): FieldModel {
  const optional = type.endsWith("?");
  return { name, type: typeOf(optional ? type.slice(0, -1) : type), optional, nullable: false, ...more };
}

export function task(key: string, more: Partial<TaskModel> = {}): TaskModel {
  return {
    key,
    name: `app.${key}`,
    hash: "",
    parameters: [],
    processingDeadline: 30_000,
    atMostOnce: false,
    compression: "auto",
    ...more,
  };
}

export function namespace(
  name: string,
  tasks: readonly TaskModel[],
  more: Partial<NamespaceModel> = {},
): NamespaceModel {
  return { name, tasks, ...more };
}

export function topic(name: string, more: Partial<TopicModel> = {}): TopicModel {
  return { name, cluster: "main", partitions: 4, deadLetter: `${name}-dlq`, retry: name, ...more };
}

export function pool(name: string, topics: readonly string[], more: Partial<PoolModel> = {}): PoolModel {
  return {
    name,
    topics,
    group: `app.saas.${name}`,
    maxPendingCount: 100,
    maxProcessingCount: 100,
    maxProcessingAttempts: 5,
    maxProcessingDeadline: 3_600_000,
    ...more,
  };
}

/** Two topics of one Kafka cluster, everything on `first`, one pool. */
export function environment(more: Partial<EnvironmentModel> = {}): EnvironmentModel {
  return {
    name: "saas",
    clusters: [{ name: "main", kind: "kafka", brokers: ["kafka:9092"], tls: false }],
    topics: [topic("first"), topic("second")],
    routes: [{ namespace: "*", topic: "first" }],
    pools: [pool("general", ["first", "second"])],
    ...more,
  };
}

export const hourly: ScheduleModel = {
  plan: { kind: "cron", expression: "0 * * * *", timezone: "UTC" },
  words: "every hour",
  missed: "once",
  jitter: 0,
  enabled: true,
};

export interface Parts {
  readonly application?: string;
  readonly types?: readonly NamedType[];
  readonly namespaces?: readonly NamespaceModel[];
  readonly environments?: readonly EnvironmentModel[];
}

export function model({ application = "app", types = [], namespaces = [], environments = [] }: Parts): Model {
  return { taskwire: 1, application, hash: "", types, namespaces, environments };
}

/** A model of one task. */
export function ofTask(more: Partial<TaskModel>, types: readonly NamedType[] = []): Model {
  return model({ types, namespaces: [namespace("ns", [task("work", more)])] });
}

export function ofParameters(...parameters: readonly FieldModel[]): Model {
  return ofTask({ parameters });
}

/** The same fields in a record that a task carries. */
export function ofRecord(...fields: readonly FieldModel[]): Model {
  return ofTask({ parameters: [field("rows", "Row[]")] }, [{ kind: "record", name: "Row", fields }]);
}

export function ofEnvironment(more: Partial<EnvironmentModel>, namespaces: readonly string[] = ["ns"]): Model {
  return model({
    namespaces: namespaces.map((name) => namespace(name, [task(`${name}_work`)])),
    environments: [environment(more)],
  });
}
