/** What generated code stands on. Nothing else imports this entry. */
import { HandlersError, type Registration, type Registry, registrations } from "./activation/registry.js";
import type { Handler } from "./activation/run.js";
import { SPEC, type Task } from "./client/task.js";

export { z } from "zod";
export { formerly } from "./activation/parameter/former-names.js";
export {
  bigint,
  bytes,
  datetime,
  type Json,
  json,
  list,
  map,
  type ReadonlyValues,
  uuid,
  type Values,
} from "./activation/parameter/kinds.js";
export { object, record } from "./activation/parameter/record.js";
export { sensitive } from "./activation/parameter/sensitive.js";
export type { Parameters } from "./activation/parameters.js";
export type { Registration, Registry } from "./activation/registry.js";
export type { Handler, RetryRequest, TaskRun } from "./activation/run.js";
export type { DelayManyOptions, DelayOptions, Environments, TaskSpec } from "./activation/task.js";
export type { Duration } from "./base/duration.js";
export type { LogFields, Logger } from "./base/logger.js";
// The types of calls are exported too, so that declarations of a caller's own functions can name them.
export { type DelayArguments, type Delayed, type Task, task } from "./client/task.js";

export interface NamespaceHandlers {
  /** The namespace's object of tasks. */
  readonly tasks: object;
  /** Its handlers by the same names; undefined when the worker takes none of them. */
  readonly handlers: object | undefined;
}

/** Brings tasks and handlers together. Throws HandlersError naming every missing, wrong and left-over handler. */
export function registry(application: string, namespaces: Readonly<Record<string, NamespaceHandlers>>): Registry {
  const problems: string[] = [];
  const tasks = new Map<string, Registration>();
  for (const [namespace, { tasks: declared, handlers }] of Object.entries(namespaces)) {
    if (handlers === undefined) continue;
    const given = new Map<string, unknown>(Object.entries(handlers));
    for (const [name, task] of Object.entries(declared)) {
      const handler = given.get(name);
      given.delete(name);
      if (!isTask(task)) problems.push(`${namespace}.${name}: expected a generated task`);
      else if (!isHandler(handler))
        problems.push(
          `${namespace}.${name}: expected a function, got ${handler === undefined ? "nothing" : typeof handler}; write its handler`,
        );
      else for (const one of registrations(task[SPEC], handler)) tasks.set(one.facts.name, one);
    }
    for (const name of given.keys())
      problems.push(`${namespace}.${name}: the schema has no such task; remove its handler`);
  }
  if (problems.length > 0) throw new HandlersError(problems);
  return { kind: "taskwire.registry", application, tasks };
}

function isTask(value: unknown): value is Task<unknown, unknown> {
  return typeof value === "object" && value !== null && SPEC in value;
}

function isHandler(value: unknown): value is Handler<unknown> {
  return typeof value === "function";
}
