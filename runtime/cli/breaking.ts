import { Command, Option } from "commander";
import { codeOf, messageOf, TaskwireError } from "../base/errors.js";
import { oneLine } from "./logger.js";
import { packageConfig } from "./package-config.js";

/** Nothing that breaks at the level or above. */
const FINE = 0;
const BREAKS = 1;
/** The command line is wrong, there is nothing to compare with, or the schema has problems. */
const NOT_COMPARED = 2;

interface BreakingFlags {
  readonly against: string;
  readonly schema?: string;
  readonly out?: string;
  readonly level: "wire" | "source";
  readonly json?: boolean;
}

interface Finding {
  readonly level: "WIRE" | "SOURCE" | "NOTE";
}

type BreakingResult =
  | { readonly kind: "problems"; readonly problems: readonly object[] }
  | { readonly kind: "compared"; readonly against: string; readonly findings: readonly Finding[] };

/** What this command uses of @taskwire/codegen, which is a dev dependency of its user and no dependency of this package. */
interface BreakingModule {
  breaking(options: { schema: string; out: string; against: string }): Promise<BreakingResult>;
  formatFinding(finding: object): string;
  formatProblem(problem: object): string;
}

export function breakingCommand(): Command {
  return new Command("breaking")
    .description("tell what a change of the schema breaks: activations in flight (WIRE), callers and handlers (SOURCE)")
    .requiredOption("--against <OLD>", "a commit, branch or tag, a folder (generated or schema), or a taskwire.json")
    .option("--schema <DIR>", "the folder of *.yaml files (default: package.json's taskwire block, else schema)")
    .option("--out <DIR>", "the folder of generated files (default: package.json's taskwire block, else generated)")
    .addOption(
      new Option("--level <LEVEL>", "fail for findings of this level and graver ones; all are shown")
        .choices(["wire", "source"])
        .default("source"),
    )
    .option("--json", "print the findings as JSON")
    .addHelpText(
      "after",
      `
Exit codes: 0 nothing breaks, 1 something breaks at the level or above,
  2 the command line is wrong, there is nothing to compare with, or the schema has problems

Examples:
  taskwire breaking --against origin/main
  taskwire breaking --against v1.4.0 --level wire
  taskwire breaking --against ../released/generated/taskwire.json --json
`,
    )
    .action(async (flags: BreakingFlags) => {
      process.exitCode = await compare(flags);
    });
}

async function compare({ against, schema, out, level, json = false }: BreakingFlags): Promise<number> {
  try {
    const config = packageConfig();
    const module = await loadCodegen();
    const result = await module.breaking({ schema: schema ?? config.schema, out: out ?? config.out, against });
    if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
    if (result.kind === "problems") {
      if (!json) for (const problem of result.problems) process.stderr.write(`${module.formatProblem(problem)}\n`);
      process.stderr.write("taskwire: the schema has problems; nothing was compared\n");
      return NOT_COMPARED;
    }
    if (!json) report(result, module);
    const grave = result.findings.filter(
      (each) => each.level === "WIRE" || (level === "source" && each.level === "SOURCE"),
    );
    return grave.length === 0 ? FINE : BREAKS;
  } catch (error) {
    if (!(error instanceof TaskwireError) && codeOf(error) === "") throw error;
    process.stderr.write(`taskwire: ${messageOf(error)}\n`);
    return NOT_COMPARED;
  }
}

function report({ against, findings }: Extract<BreakingResult, { kind: "compared" }>, module: BreakingModule): void {
  // Texts of an old model come from elsewhere: nothing in them reaches the terminal as control.
  const lines = findings.flatMap((finding) => module.formatFinding(finding).split("\n")).map(oneLine);
  const counts = (["WIRE", "SOURCE", "NOTE"] as const)
    .map((level) => ({ level, count: findings.filter((each) => each.level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => `${count} ${level}`);
  lines.push(`against ${against}: ${counts.length === 0 ? "nothing breaks" : counts.join(", ")}`);
  process.stdout.write(`${lines.join("\n")}\n`);
}

async function loadCodegen(): Promise<BreakingModule> {
  const name: string = "@taskwire/codegen";
  try {
    const module: unknown = await import(name);
    if (isBreaking(module)) return module;
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
  }
  throw new TaskwireError(
    "no_codegen",
    "the package @taskwire/codegen is not installed or older than taskwire; run `npm install --save-dev @taskwire/codegen`",
  );
}

function isBreaking(module: unknown): module is BreakingModule {
  return typeof module === "object" && module !== null && "breaking" in module && "formatFinding" in module;
}
