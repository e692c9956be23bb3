import { hasNamespace } from "../../../model/environment.js";
import type { EnvironmentModel, Model } from "../../../model/model.js";
import type { KnownTask, TasksDocument } from "../../../operations/documents/front.js";
import type { Route, WebContext } from "../../context.js";
import { withoutQuery } from "../request.js";

export const TASKS: readonly Route[] = [
  {
    method: "GET",
    path: "tasks",
    role: "view",
    answer(call): TasksDocument {
      withoutQuery(call);
      return tasksDocument(call.context);
    },
  },
];

function tasksDocument(context: WebContext): TasksDocument {
  const models = context.models();
  const [first] = models;
  const environment = first?.environments.find(({ name }) => name === context.options.environment);
  const sends = context.sends().possible ? environment : undefined;
  return {
    tasks: models.flatMap((model) => tasksOf(model, model === first ? sends : undefined)),
    types: Object.fromEntries(models.map(({ application, types }) => [application, types])),
  };
}

/** `sends`: the environment to which this console sends the model's tasks. */
function tasksOf({ application, namespaces }: Model, sends: EnvironmentModel | undefined): KnownTask[] {
  return namespaces.flatMap(({ name: namespace, external, tasks }) =>
    tasks.map((task) => ({
      ...task,
      application: external?.application ?? application,
      namespace,
      sendable: sends !== undefined && hasNamespace(sends, namespace),
    })),
  );
}
