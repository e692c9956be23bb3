export { addHooks, type Dispatch, type Hooks } from "../activation/context/hooks.js";
export { currentTask } from "../activation/current-run.js";
export {
  NoRetriesRemainingError,
  PermanentError,
  ProcessingDeadlineExceeded,
  RetryTaskError,
} from "../activation/errors.js";
export type { RetryRequest, TaskRun } from "../activation/run.js";
export { Cancelled, ClaimLost, HandlersModuleError, WorkerOptionsError, WorkerStopping } from "./errors.js";
export type { BrokerSessions, WorkerOptions } from "./options.js";
export { type ReloadableOptions, ReloadableWorker, type Reloaded } from "./reload.js";
export { findHandlersModule } from "./runner/handlers-module.js";
export { type AnyBrokerOptions, anyBroker } from "./transports/pull/port.js";
export { listenForPushes, type PushOptions, type PushPort } from "./transports/push/port.js";
export { brokerSession } from "./transports/stream/port.js";
export { startWorker, type Worker, type WorkerStats } from "./worker.js";
