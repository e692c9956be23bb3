import { type LintOptions, lint } from "../lint/lint.js";
import { formatPlace } from "../problem.js";
import { type CommandIo, count } from "./io.js";
import { printProblems } from "./problems.js";

export interface LintFlags extends LintOptions {
  /** Warnings make the exit code 1. */
  readonly strict: boolean;
  readonly json: boolean;
}

/** `taskwire lint`; its exit code: 1 when the schema has problems, or `strict` and there is a warning. */
export async function lintCommand({ strict, json, ...options }: LintFlags, io: CommandIo): Promise<number> {
  const result = await lint({ ...options, cwd: io.cwd });
  if (json) io.out(`${JSON.stringify(result)}\n`);
  if (result.kind === "problems") {
    if (!json) printProblems(result.problems, "text", io);
    return 1;
  }
  const { warnings, ignored } = result;
  if (!json) {
    for (const warning of warnings) io.out(`${formatPlace(warning)}: ${warning.message} [${warning.code}]\n`);
    const taken = ignored === 0 ? "" : `, ${ignored} taken back by a comment`;
    io.err(`taskwire: ${count(warnings.length, "warning")}${taken}\n`);
  }
  return strict && warnings.length > 0 ? 1 : 0;
}
