import { checkRules, type LintOptions, lint } from "../lint/lint.js";
import { formatPlace } from "../problem/problem.js";
import { type CommandIo, count } from "./io.js";
import { printProblems } from "./problems.js";

export interface LintFlags extends LintOptions {
  /** Warnings make the exit code 1, and rules that are a matter of taste count. */
  readonly strict: boolean;
  readonly json: boolean;
}

/** `taskwire lint`; its exit code: 1 when the schema has problems, or `strict` and there is a warning. */
export async function lintCommand({ json, ...options }: LintFlags, io: CommandIo): Promise<number> {
  checkRules(options.rules ?? []);
  const result = await lint({ ...options, cwd: io.cwd });
  if (json) io.out(`${JSON.stringify(result)}\n`);
  if (result.kind === "problems") {
    if (!json) printProblems(result.problems, "text", io);
    return 1;
  }
  const { warnings, ignored } = result;
  if (!json) {
    for (const warning of warnings) io.out(`${formatPlace(warning)}: ${warning.message} [${warning.code}]\n`);
    const taken = ignored === 0 ? "" : `, ${ignored} ignored by a comment`;
    io.err(`taskwire: ${warnings.length === 0 ? "no warnings" : count(warnings.length, "warning")}${taken}\n`);
  }
  return options.strict && warnings.length > 0 ? 1 : 0;
}
