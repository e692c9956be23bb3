import { relative } from "node:path";
import { Command, Option } from "commander";
import { codeOf, TaskwireError } from "../base/errors.js";
import { packageConfig } from "./package-config.js";

interface CodegenFlags {
  readonly schema?: string;
  readonly out?: string;
  readonly check?: boolean;
  readonly json?: boolean;
  readonly importExtension?: ".js" | ".ts";
}

/** What this command uses of @taskwire/codegen, which is a dev dependency of its user and no dependency of this package. */
interface CodegenModule {
  codegen(options: {
    schema: string;
    out: string;
    check: boolean;
    importExtension?: ".js" | ".ts";
  }): Promise<CodegenResult>;
  formatProblem(problem: object): string;
}

type CodegenResult =
  | { readonly kind: "problems"; readonly problems: readonly object[] }
  | {
      readonly kind: "written";
      readonly files: number;
      readonly tasks: number;
      readonly changed: readonly string[];
      readonly removed: readonly string[];
    }
  | { readonly kind: "checked"; readonly differences: readonly { readonly path: string; readonly diff: string }[] };

export function codegenCommand(): Command {
  return new Command("codegen")
    .description("generate producers, parameter schemas and the worker registry from the YAML schema")
    .option("--schema <DIR>", "the folder of *.yaml files (default: package.json's taskwire block, else schema)")
    .option("--out <DIR>", "the folder of generated files (default: package.json's taskwire block, else generated)")
    .option("--check", "write nothing; exit 1 with a diff when the generated files are not current")
    .addOption(
      new Option("--import-extension <EXT>", "of import specifiers (default: by tsconfig.json)").choices([
        ".js",
        ".ts",
      ]),
    )
    .option("--json", "print the result as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire codegen\n  taskwire codegen --check\n  taskwire codegen --schema tasks --out src/generated\n",
    )
    .action(async (flags: CodegenFlags) => {
      const config = packageConfig();
      const module = await loadCodegen();
      const result = await module.codegen({
        schema: flags.schema ?? config.schema,
        out: flags.out ?? config.out,
        check: flags.check ?? false,
        ...(flags.importExtension === undefined ? {} : { importExtension: flags.importExtension }),
      });
      if (flags.json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
      else report(result, module, flags.out ?? config.out);
      if (result.kind === "problems" || (result.kind === "checked" && result.differences.length > 0))
        process.exitCode = 1;
    });
}

function report(result: CodegenResult, module: CodegenModule, out: string): void {
  const folder = relative(process.cwd(), out) || ".";
  switch (result.kind) {
    case "problems":
      for (const problem of result.problems) process.stderr.write(`${module.formatProblem(problem)}\n`);
      process.stderr.write(
        `taskwire: ${result.problems.length} ${result.problems.length === 1 ? "problem" : "problems"} in the schema; nothing was written\n`,
      );
      break;
    case "written": {
      const { files, tasks, changed, removed } = result;
      process.stdout.write(
        `${folder}: ${files} files for ${tasks} tasks, ${changed.length} changed, ${removed.length} removed\n`,
      );
      break;
    }
    case "checked":
      for (const { diff } of result.differences) process.stdout.write(diff);
      if (result.differences.length === 0) process.stdout.write(`${folder} is current\n`);
      else
        process.stderr.write(
          `taskwire: ${result.differences.length} files in ${folder} differ from the schema; run \`npx taskwire codegen\`\n`,
        );
      break;
  }
}

async function loadCodegen(): Promise<CodegenModule> {
  const name: string = "@taskwire/codegen";
  try {
    const module: unknown = await import(name);
    if (isCodegen(module)) return module;
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
  }
  throw new TaskwireError(
    "no_codegen",
    "the package @taskwire/codegen is not installed; run `npm install --save-dev @taskwire/codegen`",
  );
}

function isCodegen(module: unknown): module is CodegenModule {
  return typeof module === "object" && module !== null && "codegen" in module && "formatProblem" in module;
}
