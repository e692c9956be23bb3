import path from "node:path";
import { type CodegenResult, codegen } from "../codegen.js";
import { type WatchRun, type WatchSettings, watch } from "../watch/watch.js";
import { diffText } from "./diff-text.js";
import { type CommandIo, count } from "./io.js";
import { type Format, printProblems } from "./problems.js";

export interface CodegenFlags {
  /** Folders and import extension by flags and package.json; asked again when `configuration` changes. */
  readonly settings: () => WatchSettings;
  /** Files that `settings` reads. */
  readonly configuration: readonly string[];
  readonly check: boolean;
  readonly format: Format;
  /** The result as one JSON line on standard output. */
  readonly json: boolean;
}

/** `taskwire codegen`; its exit code: 1 when the schema has problems, or `check` found a difference. */
export async function codegenCommand(flags: CodegenFlags, io: CommandIo): Promise<number> {
  const settings = flags.settings();
  const start = performance.now();
  const result = await codegen({ ...settings, check: flags.check, cwd: io.cwd });
  report({ result, settings, milliseconds: Math.round(performance.now() - start) }, flags, io);
  return result.kind === "problems" || (result.kind === "checked" && result.differences.length > 0) ? 1 : 0;
}

/** `taskwire codegen --watch`: until `stopped`. */
export async function watchCommand(flags: CodegenFlags, io: CommandIo, stopped: Promise<unknown>): Promise<number> {
  const { settings, configuration } = flags;
  const onRun = (run: WatchRun) => {
    const causes = run.causes.length === 0 ? "" : `${shortened(run.causes)}: `;
    if (flags.json || run.causes.length === 0) print(run, flags, io);
    else print(run, flags, { ...io, out: (text) => io.out(`${causes}${text}`) });
  };
  const watching = await watch({ settings, configuration, cwd: io.cwd, onRun });
  io.err("taskwire: watching for changes; press Ctrl+C to stop\n");
  await stopped;
  await watching.close();
  return 0;
}

function print({ outcome, settings, milliseconds }: WatchRun, flags: CodegenFlags, io: CommandIo): void {
  if (outcome.kind === "ran" && settings !== undefined) {
    report({ result: outcome.result, settings, milliseconds }, flags, io);
    return;
  }
  const error = outcome.kind === "failed" ? outcome.error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (flags.json) io.out(`${JSON.stringify({ kind: "failed", message })}\n`);
  else io.err(`taskwire: ${message}\n`);
}

interface Ran {
  readonly result: CodegenResult;
  readonly settings: WatchSettings;
  readonly milliseconds: number;
}

function report({ result, settings, milliseconds }: Ran, { format, json }: CodegenFlags, io: CommandIo): void {
  if (json) {
    io.out(`${JSON.stringify({ ...result, milliseconds })}\n`);
    return;
  }
  const folder = path.relative(io.cwd, path.resolve(io.cwd, settings.out)) || ".";
  // Standard output is then reserved for the problems' document.
  const write = format === "json" ? (text: string) => io.err(text) : (text: string) => io.out(text);
  switch (result.kind) {
    case "problems":
      printProblems(result.problems, format, io);
      break;
    case "written": {
      const { files, changed, removed, warnings, torn } = result;
      const counts = `${changed.length} written, ${files - changed.length} unchanged, ${removed.length} removed`;
      const names = removed.slice(0, MOST_NAMES).map((name) => `  removed ${name}\n`);
      if (removed.length > MOST_NAMES) names.push(`  and ${removed.length - MOST_NAMES} more\n`);
      if (torn) io.err(`taskwire: ${TORN(folder)}; they have been regenerated\n`);
      write(`${count(files, "file")} in ${folder}: ${counts} in ${milliseconds} ms\n${names.join("")}`);
      for (const warning of warnings) io.err(`taskwire: ${warning}\n`);
      break;
    }
    case "checked": {
      const { differences, torn } = result;
      if (differences.length === 0) {
        write(`${folder} is current\n`);
        break;
      }
      write(diffText(differences, io.colours));
      if (torn) io.err(`taskwire: ${TORN(folder)}\n`);
      const differ = `${count(differences.length, "file")} in ${folder} ${differences.length === 1 ? "differs" : "differ"}`;
      io.err(`taskwire: ${differ} from the schema; run \`npx taskwire codegen\`\n`);
      break;
    }
  }
}

/** Names of removed files that are shown. */
const MOST_NAMES = 10;

const TORN = (folder: string) =>
  `generated files in ${folder} had been edited, merged or half-written (they do not match the hash in taskwire.json)`;

function shortened(files: readonly string[]): string {
  return files.length <= 3 ? files.join(", ") : `${files.slice(0, 3).join(", ")} and ${files.length - 3} more`;
}
