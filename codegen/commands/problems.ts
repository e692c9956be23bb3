import type { Problem } from "../problem/problem.js";
import { problemText } from "../problem/text.js";
import { type CommandIo, count } from "./io.js";

/** text: lines, on a terminal with the lines of the schema; json: one list. */
export type Format = "text" | "json";

/** Problems of the schema: as text to standard error, or as a JSON list to standard output. */
export function printProblems(problems: readonly Problem[], format: Format, io: CommandIo): void {
  if (format === "json") io.out(problemText(problems, { format: "json" }));
  else io.err(problemText(problems, io.frames === undefined ? { format: "plain" } : { format: "frame", ...io.frames }));
  io.err(`taskwire: ${count(problems.length, "problem")} in the schema; nothing was written\n`);
}
