import { createHash } from "node:crypto";
import type { Model, NamedType, NamespaceModel, TaskModel } from "#runtime/model/model.js";
import type { KnownTask, TasksDocument } from "#runtime/operations/documents/front.js";
import { fields, nameOf, type ShopTask, TASKS } from "./catalogue.js";

const TYPES: readonly NamedType[] = [
  { kind: "enum", name: "Carrier", description: "Who brings it.", values: ["dhl", "ups", "post_at", "own_van"] },
  {
    kind: "record",
    name: "Address",
    description: "Where it goes.",
    fields: fields("name string, street string, postcode string, city string, country string, phone! string"),
  },
  { kind: "record", name: "Line", fields: fields("product_id int, quantity int, unit_price int, gift? bool") },
];

const NAMESPACES: Readonly<Record<string, string>> = {
  orders: "From the cart to the archive.",
  payments: "Money, with the acquirer.",
  shipping: "Labels, parcels, vans.",
  catalog: "What the shop sells.",
  search: "Finding it.",
  notifications: "Messages to customers.",
  webhooks: "Messages to customers' servers.",
  reports: "Numbers for people.",
};

export const MODEL: Model = {
  taskwire: 1,
  application: "shop",
  hash: hashOf("shop"),
  types: TYPES,
  namespaces: Object.entries(NAMESPACES).map(
    ([name, description]): NamespaceModel => ({
      name,
      description,
      tasks: TASKS.filter(({ namespace }) => namespace === name).map(taskOf),
    }),
  ),
  environments: [],
};

export function tasksDocument(): TasksDocument {
  const tasks = MODEL.namespaces.flatMap((namespace) =>
    namespace.tasks.map(
      (task): KnownTask => ({ ...task, application: MODEL.application, namespace: namespace.name, sendable: true }),
    ),
  );
  return { tasks, types: { [MODEL.application]: TYPES } };
}

function taskOf(task: ShopTask): TaskModel {
  return {
    key: task.key,
    name: nameOf(task),
    description: task.description,
    hash: hashOf(nameOf(task)),
    parameters: task.parameters,
    retry: {
      times: task.attempts ?? 5,
      timesExceeded: "deadletter",
      delay: 5000,
      backoff: "exponential",
      maxDelay: 600_000,
      jitter: 0.2,
    },
    processingDeadline: task.deadline,
    atMostOnce: task.atMostOnce ?? false,
    compression: "auto",
    ...(task.expires === undefined ? {} : { expires: task.expires }),
    ...(task.schedule === undefined ? {} : { schedule: task.schedule }),
    ...(task.owner === undefined ? {} : { owner: task.owner }),
    ...(task.deprecated === undefined ? {} : { deprecated: task.deprecated }),
  };
}

export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
