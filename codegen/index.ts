export {
  BaselineError,
  type BreakingOptions,
  type BreakingResult,
  breaking,
  type Finding,
  formatFinding,
  type Level,
  type RuleCode,
} from "./breaking/index.js";
export { type CodegenOptions, type CodegenResult, codegen } from "./codegen.js";
export { type GenerateOptions, generate } from "./generate.js";
export { PROBLEM_KINDS, type ProblemCode, type ProblemKind } from "./problem/kinds.js";
export { formatProblem, type Problem } from "./problem/problem.js";
export { type ProblemFormat, type ProblemTextOptions, problemText } from "./problem/text.js";
export { GeneratedSyntaxError } from "./render/index.js";
export { type Watch, type WatchOptions, type WatchRun, type WatchSettings, watch } from "./watch/watch.js";
export { OutputError } from "./write/output-error.js";
