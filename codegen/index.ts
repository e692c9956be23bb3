export { type CodegenOptions, type CodegenResult, codegen } from "./codegen.js";
export { type GenerateOptions, generate } from "./generate.js";
export { formatProblem, type Problem, type ProblemCode } from "./problem.js";
export { GeneratedSyntaxError } from "./render/index.js";
