import { codeOf, TaskwireError } from "../base/errors.js";
import { coloursWanted } from "./output/colours.js";

/** What a command of @taskwire/codegen works with. */
interface CommandIo {
  readonly cwd: string;
  out(text: string): void;
  err(text: string): void;
  readonly colours: boolean;
  readonly frames?: { readonly color: boolean };
}

interface Settings {
  readonly schema: string;
  readonly out: string;
  readonly importExtension?: ".js" | ".ts";
}

interface CodegenFlags {
  readonly settings: () => Settings;
  readonly configuration: readonly string[];
  readonly check: boolean;
  readonly format: "text" | "json";
  readonly json: boolean;
}

/** A run of codegen that a change started; `causes` are the changed files, none for the first run. */
export interface CodegenRun {
  readonly causes: readonly string[];
  readonly milliseconds: number;
  readonly outcome:
    | { readonly kind: "failed"; readonly error: unknown }
    | {
        readonly kind: "ran";
        readonly result:
          | { readonly kind: "problems"; readonly problems: readonly object[] }
          | { readonly kind: "written"; readonly changed: readonly string[]; readonly removed: readonly string[] }
          | { readonly kind: "checked" };
      };
}

/**
 * What this package uses of @taskwire/codegen, which is a dev dependency of the user's project and not of this package.
 * A command returns its exit code.
 */
export interface CodegenCommands {
  watch(options: {
    readonly settings: () => Settings;
    readonly configuration: readonly string[];
    readonly onRun: (run: CodegenRun) => void;
  }): Promise<{ close(): Promise<void> }>;
  problemText(problems: readonly object[], options: { readonly format: "plain" }): string;
  codegenCommand(flags: CodegenFlags, io: CommandIo): Promise<number>;
  watchCommand(flags: CodegenFlags, io: CommandIo, stopped: Promise<unknown>): Promise<number>;
  initCommand(
    flags: {
      readonly folder: string;
      readonly json: boolean;
      readonly existing: boolean;
      readonly yes: boolean;
      readonly confirm?: (question: string) => Promise<boolean>;
    },
    io: CommandIo,
  ): Promise<number>;
  scaffoldCommand(
    flags: Settings & { readonly handlers?: string; readonly check: boolean; readonly json: boolean },
    io: CommandIo,
  ): Promise<number>;
  lintCommand(
    flags: {
      readonly schema: string;
      readonly strict: boolean;
      readonly rules: readonly string[];
      readonly json: boolean;
    },
    io: CommandIo,
  ): Promise<number>;
  breakingCommand(
    flags: {
      readonly schema: string;
      readonly out: string;
      readonly against: string;
      readonly level: "wire" | "source";
      readonly json: boolean;
    },
    io: CommandIo,
  ): Promise<number>;
}

const NAMES: readonly (keyof CodegenCommands)[] = [
  "watch",
  "problemText",
  "codegenCommand",
  "watchCommand",
  "initCommand",
  "scaffoldCommand",
  "lintCommand",
  "breakingCommand",
];

/** Throws TaskwireError `no_codegen` when it is not installed, or is one of another version. */
export async function codegenCommands(): Promise<CodegenCommands> {
  const name = "@taskwire/codegen";
  const hint = "run `npm install --save-dev @taskwire/codegen`";
  const entry: string = `${name}/commands`;
  try {
    const module: unknown = await import(entry);
    if (isCommands(module)) return module;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ERR_MODULE_NOT_FOUND" && String(error).includes(name))
      throw new TaskwireError("no_codegen", `the package ${name} is not installed; ${hint}`, { cause: error });
    // An older version has no such entry.
    if (code !== "ERR_PACKAGE_PATH_NOT_EXPORTED") throw error;
  }
  throw new TaskwireError("no_codegen", `the installed package ${name} lacks some commands; ${hint}@latest`);
}

function isCommands(module: unknown): module is CodegenCommands {
  return typeof module === "object" && module !== null && NAMES.every((name) => name in module);
}

export function processIo(): CommandIo {
  const color = coloursWanted(process.env);
  return {
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    colours: process.stdout.isTTY === true && color,
    ...(process.stderr.isTTY === true ? { frames: { color } } : {}),
  };
}
