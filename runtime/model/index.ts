export { type Duration, DurationError, formatDuration, milliseconds, wholeSeconds } from "../base/duration.js";
export { codeOf, messageOf, TaskwireError } from "../base/errors.js";
export { instantOf } from "../base/instant.js";
export { nearest } from "../base/nearest.js";
export * from "./dead-letter-topics.js";
export { PROCESSING_DEADLINE_MS } from "./defaults.js";
export * from "./environment.js";
export * from "./load.js";
export * from "./model.js";
