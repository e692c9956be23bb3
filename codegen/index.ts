export { type CodegenOptions, type CodegenResult, codegen } from "./codegen.js";
export { type GenerateOptions, generate } from "./generate.js";
export { formatProblem, type Problem, type ProblemCode } from "./problem.js";
export { GeneratedSyntaxError } from "./render/index.js";
export { type Watch, type WatchOptions, type WatchRun, type WatchSettings, watch } from "./watch/watch.js";
export { OutputError } from "./write/write.js";
