/** Package `taskwire`: what callers and handlers use beside the generated code. */
export { addHooks, type Dispatch, type Hooks } from "./activation/context/hooks.js";
export { currentTask } from "./activation/current-run.js";
export {
  Cancelled,
  ClaimLost,
  NoRetriesRemainingError,
  ParameterError,
  type ParameterIssue,
  PermanentError,
  ProcessingDeadlineExceeded,
  RetryTaskError,
  type RetryTaskOptions,
  WorkerStopping,
} from "./activation/errors.js";
export { HandlersError, type Registry } from "./activation/registry.js";
export type { Handler, RetryRequest, TaskRun } from "./activation/run.js";
export type { DelayManyOptions, DelayOptions, Environments } from "./activation/task.js";
export { type Duration, DurationError } from "./base/duration.js";
export { TaskwireError } from "./base/errors.js";
export type { LogFields, Logger } from "./base/logger.js";
export { OptionError } from "./base/option-error.js";
export type { Client, ConnectOptions } from "./client/client.js";
export { close, connect } from "./client/connect.js";
export { AppendError, ConnectError, OversizedError } from "./client/errors.js";
export type { DelayArguments, Delayed, Task } from "./client/task.js";
export { AbsentNamespaceError } from "./model/environment.js";
