export { HandlersModuleError, WorkerOptionsError } from "./errors.js";
export { brokerSession } from "./grpc/port.js";
export { type BrokerSessions, startWorker, type Worker, type WorkerOptions, type WorkerStats } from "./worker.js";
