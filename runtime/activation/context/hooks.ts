import { checkNames, kindOf, OptionError } from "../../base/option-error.js";
import { checkCopies, shared } from "../../base/shared.js";
import type { TaskRun } from "../run.js";

/** One `.delay()` or `.delayMany()`, as passed to hooks. */
export interface Dispatch {
  /** Wire name of the task. */
  readonly name: string;
  readonly namespace: string;
  /** The headers of the caller and of the hooks before this one. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Functions of an application that are called around sending and running tasks, to carry a context between them. */
export interface Hooks {
  /**
   * Called at each `.delay()` and `.delayMany()`. The headers it returns are added; existing ones are not replaced. If it
   * throws, the call fails with that error and nothing is appended.
   */
  readonly dispatch?: (call: Dispatch) => Readonly<Record<string, string>> | undefined;
  /**
   * Wraps each run: `run` calls the hooks added later, then the handler. The run ends as the returned promise does; if the
   * handler was never called, the run is complete.
   */
  readonly execute?: (task: TaskRun, run: () => Promise<unknown>) => unknown;
}

const added = shared("hooks", () => new Set<Hooks>());

/**
 * Adds hooks to this process, for all tasks it sends and runs. Called at the top of the handlers module, it applies to every
 * child process. Returns a function that removes them. Throws OptionError for invalid hooks.
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

/** The dispatch hooks, in order. */
export function dispatchHooks(): NonNullable<Hooks["dispatch"]>[] {
  return [...added].flatMap(({ dispatch }) => (dispatch === undefined ? [] : [dispatch]));
}

/** Calls the handler within the execute hooks, the first one outermost. */
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
