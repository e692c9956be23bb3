/** Public entry `taskwire/testing`: tests handlers and code that calls `.delay()`, with any test runner. */

export type { Drained, DrainOptions, Run } from "./broker/drain.js";
export { startTestBroker, type TestBroker, type TestBrokerOptions } from "./broker/test-broker.js";
export { TestClock, testClock } from "./clock.js";
export type { DeadLetter } from "./dead-letter.js";
export { DrainError, TestingError } from "./errors.js";
export type { RunOutcome } from "./outcome.js";
export type { Call } from "./recording/call.js";
export type { Calls } from "./recording/calls.js";
export type { ExpectedOptions } from "./recording/expectation.js";
export type { Matching } from "./recording/matching.js";
export { expectDelayed, type Recording, type RecordOptions, recordTasks } from "./recording/recording.js";
export { type RunArguments, type RunOptions, runTask, type TaskRunResult } from "./run-task.js";
