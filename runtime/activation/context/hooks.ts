import { checkNames, kindOf, OptionError } from "../../base/option-error.js";
import { checkCopies, shared } from "../../base/shared.js";
import type { TaskRun } from "../run.js";

/** One `.delay()` or `.delayMany()`, as hooks see it. */
export interface Dispatch {
  /** Wire name of the task. */
  readonly name: string;
  readonly namespace: string;
  /** What the caller and the hooks before gave. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Code of an application that runs around sending and running tasks, to carry a context from one to the other. */
export interface Hooks {
  /**
   * Called at each `.delay()` and `.delayMany()`. The headers it returns are added; a name that is there already stays
   * as it is. The call fails with what it throws, and nothing is appended.
   */
  readonly dispatch?: (call: Dispatch) => Readonly<Record<string, string>> | undefined;
  /**
   * Wraps each run: `run` calls the hooks added later, and at last the handler. The run ends as the returned promise does;
   * a handler that was not called counts as complete.
   */
  readonly execute?: (task: TaskRun, run: () => Promise<unknown>) => unknown;
}

const added = shared("hooks", () => new Set<Hooks>());

/**
 * Adds hooks to this process: to all it sends, and to all runs of handlers in it. Called at the top of the handlers module,
 * it is in force in every child process. Returns what takes them away again.
 * Throws OptionError for what are no hooks.
 */
export function addHooks(hooks: Hooks): () => void {
  checkCopies();
  checkNames("addHooks", "hooks", hooks, ["dispatch", "execute"]);
  for (const [name, hook] of Object.entries(hooks)) {
    if (hook !== undefined && typeof hook !== "function")
      throw new OptionError("addHooks", `hooks.${name}: expected a function, got ${kindOf(hook)}`);
  }
  added.add(hooks);
  return () => added.delete(hooks);
}

/** The hooks of sending, in order. */
export function dispatchHooks(): NonNullable<Hooks["dispatch"]>[] {
  return [...added].flatMap(({ dispatch }) => (dispatch === undefined ? [] : [dispatch]));
}

/** Calls the handler within the hooks, the first one outermost. */
export function executed(task: TaskRun, handler: () => unknown): unknown {
  if (added.size === 0) return handler();
  let run = async (): Promise<unknown> => handler();
  for (const { execute } of [...added].reverse()) {
    if (execute === undefined) continue;
    const inner = run;
    run = async () => execute(task, inner);
  }
  return run();
}
