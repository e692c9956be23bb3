/** Package `taskwire/testing`: for tests of handlers and of code that calls `.delay()`, with any test runner. */
export type { Call } from "./call.js";
export type { Calls } from "./calls.js";
export { TestClock, testClock } from "./clock.js";
export type { DeadLetter } from "./dead-letter.js";
export type { Drained, DrainOptions, Run } from "./drain.js";
export { DrainError, TestingError } from "./errors.js";
export type { ExpectedOptions } from "./expectation.js";
export type { Matching } from "./matching.js";
export type { RunOutcome } from "./outcome.js";
export { expectDelayed, type Recording, type RecordOptions, recordTasks } from "./recording.js";
export { type RunArguments, type RunOptions, runTask, type TaskRunResult } from "./run-task.js";
export { startTestBroker, type TestBroker, type TestBrokerOptions } from "./test-broker.js";
