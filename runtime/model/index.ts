export { type Duration, DurationError, formatDuration, milliseconds, wholeSeconds } from "../base/duration.js";
export { TaskwireError } from "../base/errors.js";
export * from "./environment.js";
export * from "./load.js";
export * from "./model.js";
