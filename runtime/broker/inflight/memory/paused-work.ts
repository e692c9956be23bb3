import type { TaskNames } from "../counts/tally.js";
import type { Pauses } from "../events.js";

const NONE: ReadonlySet<string> = new Set();

/** What people have paused. */
export class PausedWork {
  #pauses: Pauses = { namespaces: NONE, tasks: NONE, topics: NONE, pool: false };
  /** Whether any namespace or task is paused. */
  #any = false;

  /** Replaces all pauses. */
  set(pauses: Pauses): void {
    this.#pauses = pauses;
    this.#any = pauses.namespaces.size + pauses.tasks.size > 0;
  }

  /** Replaces all pauses, but no namespace and no task that is paused is resumed. */
  add(pauses: Pauses): void {
    const { namespaces, tasks } = this.#pauses;
    this.set({
      ...pauses,
      namespaces: new Set([...namespaces, ...pauses.namespaces]),
      tasks: new Set([...tasks, ...pauses.tasks]),
    });
  }

  get pool(): boolean {
    return this.#pauses.pool;
  }

  topic(name: string): boolean {
    return this.#pauses.topics.has(name);
  }

  namespace(name: string): boolean {
    return this.#any && this.#pauses.namespaces.has(name);
  }

  task(name: string): boolean {
    return this.#any && this.#pauses.tasks.has(name);
  }

  /** Whether work of the task is parked because the task or its namespace is paused. */
  parks({ namespace, task }: Pick<TaskNames, "namespace" | "task">): boolean {
    return this.#any && (this.#pauses.tasks.has(task) || this.#pauses.namespaces.has(namespace));
  }
}
