import { type ScaffoldOptions, scaffold } from "../scaffold/scaffold.js";
import { type CommandIo, count } from "./io.js";
import { printProblems } from "./problems.js";

export interface ScaffoldFlags extends ScaffoldOptions {
  readonly json: boolean;
}

/** `taskwire scaffold`; its exit code: 1 when the schema has problems, or `check` found a handler missing. */
export async function scaffoldCommand({ json, ...options }: ScaffoldFlags, io: CommandIo): Promise<number> {
  const result = await scaffold({ ...options, cwd: io.cwd });
  if (json) io.out(`${JSON.stringify(result)}\n`);
  if (result.kind === "problems") {
    if (!json) printProblems(result.problems, "text", io);
    return 1;
  }
  const { added, changed, leftOver, warnings } = result;
  const missing = options.check && (added.length > 0 || changed.length > 0);
  if (json) return missing ? 1 : 0;
  for (const { task, file } of added) io.out(`${file}: ${options.check ? "has no" : "added a"} handler for ${task}\n`);
  for (const { file, line, column, namespace, property } of leftOver) {
    const hint = `remove it, or declare the task in the schema`;
    io.err(`${file}:${line}:${column}: unused handler ${property}: ${namespace} has no such task; ${hint}\n`);
  }
  for (const warning of warnings) io.err(`taskwire: ${warning}\n`);
  if (missing) io.err(`taskwire: ${count(added.length, "handler")} missing; run \`npx taskwire scaffold\`\n`);
  else if (changed.length === 0)
    io.out(`no handler is missing${warnings.length > 0 ? " in what could be read" : ""}\n`);
  else
    io.out(
      `${count(added.length, "handler")} added in ${count(changed.length, "file")}; each throws until you write it\n`,
    );
  return missing ? 1 : 0;
}
