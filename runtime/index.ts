/** Package `taskwire`: what callers and handlers use beside the generated code. */
export {
  ParameterError,
  type ParameterIssue,
  ProcessingDeadlineExceeded,
  RetryTaskError,
} from "./activation/errors.js";
export { HandlersError, type Registry } from "./activation/registry.js";
export type { Handler, TaskRun } from "./activation/run.js";
export { currentRun } from "./activation/run.js";
export type { DelayOptions, Environments } from "./activation/task.js";
export { type Duration, DurationError } from "./base/duration.js";
export { TaskwireError } from "./base/errors.js";
export { Client, type ConnectOptions, close, connect } from "./client/connect.js";
export { AppendError, ConnectError, OptionError, OversizedError } from "./client/errors.js";
export type { Delayed, Task } from "./client/task.js";
