import type { Registration, Registry, Start } from "../activation/registry.js";
import type { TaskRun } from "../activation/run.js";

/** Observes handlers. */
interface RunWatcher {
  /** A handler is about to start; an error thrown here prevents it and fails the run. */
  starting(task: TaskRun, registration: Registration): void;
  returned(task: TaskRun, result: unknown): void;
  threw(task: TaskRun, error: unknown): void;
  /** Parameters could not be decoded. */
  refused?(error: unknown): void;
}

/** The same handlers, observed. */
export function watchedRegistry(registry: Registry, watcher: RunWatcher): Registry {
  const tasks = new Map([...registry.tasks].map(([name, each]) => [name, watched(each, watcher)]));
  return { ...registry, tasks };
}

function watched(registration: Registration, watcher: RunWatcher): Registration {
  return {
    facts: registration.facts,
    prepare: async (wire) => {
      let start: Start;
      try {
        start = await registration.prepare(wire);
      } catch (error) {
        watcher.refused?.(error);
        throw error;
      }
      return async (task) => {
        try {
          watcher.starting(task, registration);
          const result = await start(task);
          watcher.returned(task, result);
          return result;
        } catch (error) {
          watcher.threw(task, error);
          throw error;
        }
      };
    },
  };
}
