export { type BreakingOptions, type BreakingResult, breaking } from "./breaking.js";
export { type Finding, formatFinding } from "./finding.js";
export { BaselineError } from "./git.js";
export type { Level } from "./level.js";
export type { RuleCode } from "./rules.js";
