import type { Model } from "taskwire/model";
import type { Problems } from "../problem/problem.js";
import type { Sections } from "../validate/sections.js";
import { resolveEnvironments } from "./environments/environments.js";
import { resolveNamespaces } from "./tasks/namespaces.js";
import { RetryResolver } from "./tasks/retry.js";
import { TypeResolver } from "./types/types.js";
import { checkNames } from "./unique-names.js";

interface Resolved {
  /** Frozen; its hash is empty until the text is generated. */
  readonly model: Model;
  /** File of each namespace, type and environment by its path in the schema: the schema folder's name and the path inside it. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Declarations to model. Every problem is reported; the model is complete only when there is none. */
export function resolve(sections: Sections, problems: Problems): Resolved {
  const types = new TypeResolver(sections, problems);
  const namespaces = resolveNamespaces(sections, types, new RetryResolver(sections, problems), problems);
  const environments = resolveEnvironments(sections, namespaces, problems);
  checkNames(sections, problems);
  const model: Model = {
    taskwire: 1,
    application: sections.application?.value ?? "",
    hash: "",
    withoutPolicy: "deadletter",
    types: types.named(),
    namespaces: namespaces.namespaces,
    environments,
  };
  return { model: frozen(model), sources: sections.sources };
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) frozen(part);
  }
  return value;
}
