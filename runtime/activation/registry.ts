import { acrossCopies } from "../base/across-copies.js";
import { TaskwireError } from "../base/errors.js";
import type { WireParameters } from "./parameters.js";
import type { Handler, TaskRun } from "./run.js";
import type { TaskFacts, TaskSpec } from "./task.js";

/** One task with its handler, without its types. */
export interface Registration {
  readonly facts: TaskFacts;
  /** Reads and checks parameters; the result starts the handler. Throws ParameterError, or rejects with it. */
  prepare(parameters: WireParameters): Start | Promise<Start>;
}

/** Starts a handler with the parameters of one run. */
export type Start = (task: TaskRun) => unknown;

/** The default export of a handlers module: the handlers of one application by wire name. */
export interface Registry {
  readonly kind: "taskwire.registry";
  readonly application: string;
  readonly tasks: ReadonlyMap<string, Registration>;
}

/** A handler is missing, is not a function, or belongs to no task. */
export class HandlersError extends TaskwireError {
  static {
    acrossCopies(HandlersError, "HandlersError");
  }

  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super("bad_handlers", `handlers do not fit the schema:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * One registration for each current and former wire name: activations under a former name run as the current task, and
 * workers announce all the names to brokers.
 */
export function registrations<P, I>(spec: TaskSpec<P, I>, handler: Handler<P>): readonly Registration[] {
  const start =
    (parameters: P): Start =>
    (task) =>
      handler(parameters, task);
  const prepare: Registration["prepare"] = (wire) => {
    const parameters = spec.parameters();
    return wire.compressed || parameters.readPlain === undefined
      ? parameters.read(spec.key, wire).then(start)
      : start(parameters.readPlain(spec.key, wire));
  };
  const former = (spec.formerly ?? []).map((name): Registration => ({ facts: { ...spec, name }, prepare }));
  return [{ facts: spec, prepare }, ...former];
}

export function isRegistry(value: unknown): value is Registry {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "taskwire.registry";
}
