import { isRegistry, type Registry } from "../../activation/registry.js";
import type { TaskFacts } from "../../activation/task.js";
import { TaskwireError } from "../../base/errors.js";
import type { RegistryFacts } from "./messages.js";

/** Loads a handlers module and returns its registry. Throws an Error whose message describes the problem. */
export async function loadRegistry(url: string): Promise<Registry> {
  let module: unknown;
  try {
    module = await import(url);
  } catch (error) {
    throw new Error(`it does not load: ${problemOf(error)}`, { cause: error });
  }
  const found = registryOf(module);
  if (!isRegistry(found)) {
    throw new Error(
      `expected a registry as its default export (\`export default defineHandlers({ ... })\`), found ${describe(found, module)}`,
    );
  }
  const broken = [...found.tasks].filter(([, task]) => typeof task?.prepare !== "function").map(([name]) => name);
  if (broken.length > 0) throw new Error(`no handler for ${broken.join(", ")}`);
  if (found.tasks.size === 0) throw new Error("its registry has no task");
  return found;
}

/** The default export. For compiled CommonJS it is inside the object that Node returns as the default export. */
function registryOf(module: unknown): unknown {
  const found = defaultOf(module);
  if (isRegistry(found)) return found;
  const inner = defaultOf(found);
  return inner === undefined ? found : inner;
}

function defaultOf(module: unknown): unknown {
  return typeof module === "object" && module !== null && "default" in module ? module.default : undefined;
}

/** The part of a registry that can be sent to another process. */
export function factsOf(registry: Registry): RegistryFacts {
  return {
    application: registry.application,
    tasks: [...registry.tasks.values()].map(({ facts }) => plainFacts(facts)),
  };
}

function plainFacts(facts: TaskFacts): TaskFacts {
  const { key, name, namespace, application, hash, processingDeadline, atMostOnce, retry, silenced, owner } = facts;
  return {
    key,
    name,
    namespace,
    application,
    hash,
    processingDeadline,
    ...(atMostOnce === undefined ? {} : { atMostOnce }),
    ...(retry === undefined ? {} : { retry }),
    ...(silenced === undefined ? {} : { silenced }),
    ...(owner === undefined ? {} : { owner }),
  };
}

function problemOf(error: unknown): string {
  if (error instanceof TaskwireError) return error.message;
  if (error instanceof Error) return error.stack?.includes(error.message) === true ? error.stack : error.message;
  return String(error);
}

function describe(found: unknown, module: unknown): string {
  if (found === undefined) {
    const named = typeof module === "object" && module !== null ? Object.entries(module) : [];
    const [registry] = named.find(([, value]) => isRegistry(value)) ?? [];
    return registry === undefined ? "none" : `none; "${registry}" is one: export it as default`;
  }
  return found === null ? "null" : `a value of type ${typeof found}`;
}
