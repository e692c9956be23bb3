import { formatProblem, type Problem } from "../problem.js";
import { type CommandIo, count } from "./io.js";

export type Format = "text" | "json";

/** Problems of the schema: as lines to standard error, or as one JSON document to standard output. */
export function printProblems(problems: readonly Problem[], format: Format, io: CommandIo): void {
  if (format === "json") io.out(`${JSON.stringify({ problems })}\n`);
  else for (const problem of problems) io.err(`${formatProblem(problem)}\n`);
  io.err(`taskwire: ${count(problems.length, "problem")} in the schema; nothing was written\n`);
}
