export { BaselineError } from "./baseline/git.js";
export { type BreakingOptions, type BreakingResult, breaking } from "./breaking.js";
export { type Finding, formatFinding } from "./finding.js";
export type { Level } from "./rules/level.js";
export type { RuleCode } from "./rules/rules.js";
