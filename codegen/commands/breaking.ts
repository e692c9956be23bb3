import { messageOf } from "taskwire/model";
import { type Finding, formatFinding } from "../breaking/finding.js";
import { BaselineError, type BreakingOptions, breaking } from "../breaking/index.js";
import { LEVELS, type Level } from "../breaking/rules/level.js";
import { formatProblem } from "../problem/problem.js";
import type { CommandIo } from "./io.js";

export interface BreakingFlags extends BreakingOptions {
  /** Findings of this level or worse make the exit code 1. */
  readonly level: "wire" | "source";
  readonly json: boolean;
}

/** `taskwire breaking`; its exit code: 1 when something breaks at the level or above, 2 when nothing was compared. */
export async function breakingCommand({ level, json, ...options }: BreakingFlags, io: CommandIo): Promise<number> {
  const result = await breaking({ ...options, cwd: io.cwd }).catch((error: unknown) => {
    if (!(error instanceof BaselineError)) throw error;
    return { kind: "no_baseline", code: error.code, message: messageOf(error) } as const;
  });
  if (json) io.out(`${JSON.stringify(result)}\n`);
  switch (result.kind) {
    case "no_baseline":
      io.err(`taskwire: ${result.message}\n`);
      return 2;
    case "problems":
      if (!json) for (const problem of result.problems) io.err(`${formatProblem(problem)}\n`);
      io.err("taskwire: the schema has problems; nothing was compared\n");
      return 2;
    case "compared": {
      const { against, findings } = result;
      if (!json) {
        for (const finding of findings) io.out(`${formatFinding(finding)}\n`);
        io.out(`against ${against}: ${summary(findings)}\n`);
      }
      const least = LEVELS.indexOf(level === "wire" ? "WIRE" : "SOURCE");
      return findings.some((finding) => LEVELS.indexOf(finding.level) <= least) ? 1 : 0;
    }
  }
}

function summary(findings: readonly Finding[]): string {
  const number = (level: Level) => findings.filter((finding) => finding.level === level).length;
  const counts = LEVELS.filter((level) => number(level) > 0).map((level) => `${number(level)} ${level}`);
  return counts.length === 0 ? "nothing breaks" : counts.join(", ");
}
