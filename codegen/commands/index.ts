import type { Watch, WatchOptions } from "../watch/watch.js";
import type { BreakingFlags } from "./breaking.js";
import type { CodegenFlags } from "./codegen.js";
import type { InitFlags } from "./init.js";
import type { CommandIo } from "./io.js";
import type { LintFlags } from "./lint.js";
import type { ScaffoldFlags } from "./scaffold.js";

export { problemText } from "../problem/text.js";

/** What the command `taskwire` calls. Each part is loaded by its first call, because none needs the modules of all. */

export async function watch(options: WatchOptions): Promise<Watch> {
  return (await import("../watch/watch.js")).watch(options);
}

export async function codegenCommand(flags: CodegenFlags, io: CommandIo): Promise<number> {
  return (await import("./codegen.js")).codegenCommand(flags, io);
}

export async function watchCommand(flags: CodegenFlags, io: CommandIo, stopped: Promise<unknown>): Promise<number> {
  return (await import("./codegen.js")).watchCommand(flags, io, stopped);
}

export async function initCommand(flags: InitFlags, io: CommandIo): Promise<number> {
  return (await import("./init.js")).initCommand(flags, io);
}

export async function scaffoldCommand(flags: ScaffoldFlags, io: CommandIo): Promise<number> {
  return (await import("./scaffold.js")).scaffoldCommand(flags, io);
}

export async function lintCommand(flags: LintFlags, io: CommandIo): Promise<number> {
  return (await import("./lint.js")).lintCommand(flags, io);
}

export async function breakingCommand(flags: BreakingFlags, io: CommandIo): Promise<number> {
  return (await import("./breaking.js")).breakingCommand(flags, io);
}
