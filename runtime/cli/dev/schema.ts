import { existsSync } from "node:fs";
import { relative } from "node:path";
import { codeOf, messageOf } from "../../base/errors.js";
import { type CodegenCommands, type CodegenRun, codegenCommands } from "../codegen-module.js";
import { packageConfig, packageFile } from "../package-config.js";
import type { DevLog } from "./log.js";

/**
 * Runs codegen now and after each change of the schema, as `taskwire codegen --watch` does; its output then counts
 * as any other change. Resolves to a function that stops it; undefined without a schema or @taskwire/codegen.
 */
export async function watchSchema(log: DevLog): Promise<(() => Promise<void>) | undefined> {
  const { schema } = packageConfig();
  if (!existsSync(schema)) return undefined;
  const commands = await installed();
  if (commands === undefined) {
    log.dev.info("the schema is not watched: @taskwire/codegen is not installed");
    return undefined;
  }
  const file = packageFile();
  const watch = await commands.watch({
    settings: packageConfig,
    configuration: file === undefined ? [] : [file],
    onRun: (run) => tell(run, commands, log),
  });
  log.dev.info(`watching ${relative(process.cwd(), schema) || "."}: changes run codegen`);
  return () => watch.close();
}

async function installed(): Promise<CodegenCommands | undefined> {
  try {
    return await codegenCommands();
  } catch (error) {
    if (codeOf(error) === "no_codegen") return undefined;
    throw error;
  }
}

function tell({ causes, outcome, milliseconds }: CodegenRun, commands: CodegenCommands, log: DevLog): void {
  if (outcome.kind === "failed") {
    log.dev.error("codegen failed; still watching the schema", { error: messageOf(outcome.error) });
    return;
  }
  const { result } = outcome;
  if (result.kind === "problems") {
    log.dev.error("the schema has problems; nothing was written", { problems: result.problems.length });
    log.block(commands.problemText(result.problems, { format: "plain" }).trimEnd());
  }
  // The first run, and a change that leads to the same text, are no news.
  if (result.kind === "written" && result.changed.length + result.removed.length > 0) {
    const { changed, removed } = result;
    log.dev.info("schema changed; generated code updated", {
      ...(causes.length === 0 ? {} : { files: causes.join(", ") }),
      written: changed.length,
      removed: removed.length,
      ms: milliseconds,
    });
  }
}
