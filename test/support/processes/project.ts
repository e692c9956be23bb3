import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { codegenCommand } from "#codegen/commands/index.js";
import type { CommandIo } from "#codegen/commands/io.js";
import { COMMAND } from "./command.js";

const ROOT = resolve(import.meta.dirname, "../../..");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder with a person's project; dispose removes it. */
export class Project implements Disposable {
  readonly folder: string;

  /** `inside`: within the repository, where the packages are found; else in the system's temporary folder. */
  constructor(inside = false) {
    const parent = inside ? join(ROOT, "dist") : tmpdir();
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, "taskwire-project-"));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  edit(name: string, change: (text: string) => string): void {
    const before = this.read(name);
    const after = change(before);
    if (after === before) throw new Error(`the edit of ${name} changes nothing`);
    this.write(name, after);
  }

  /** Content of all files below a folder, by path; none when the folder does not exist. */
  tree(folder: string): Record<string, string> {
    const files = readdirSync(this.path(folder), { recursive: true, withFileTypes: true }).filter((one) =>
      one.isFile(),
    );
    const names = files.map((one) => join(one.parentPath, one.name).slice(this.folder.length + 1)).sort();
    return Object.fromEntries(names.map((name) => [name, this.read(name)]));
  }

  /** Runs a command of taskwire to its end. */
  taskwire(...args: readonly string[]): Promise<Ended> {
    return this.node([COMMAND, ...args]);
  }

  /** The same as `taskwire codegen`, in this process: much sooner. */
  async codegen(check = false): Promise<Ended> {
    let [out, err] = ["", ""];
    const io: CommandIo = {
      cwd: this.folder,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      colours: false,
    };
    const settings = () => ({ schema: "schema", out: "generated" });
    const code = await codegenCommand({ settings, configuration: [], check, format: "text", json: false }, io);
    return { code, out, err };
  }

  tsc(folder = "."): Promise<Ended> {
    return this.node([join(ROOT, "node_modules/typescript/bin/tsc"), "--pretty", "false"], {}, folder);
  }

  node(args: readonly string[], options: { env?: NodeJS.ProcessEnv; uid?: number } = {}, folder = "."): Promise<Ended> {
    const { env = {}, ...rest } = options;
    return new Promise((done) => {
      const child = execFile(
        process.execPath,
        args,
        { cwd: this.path(folder), env: { ...process.env, ...env }, maxBuffer: 2 ** 26, ...rest },
        (_error, out, err) => done({ code: child.exitCode, out, err }),
      );
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The content of a schema file. */
export function schemaText(...namespaces: readonly string[]): string {
  return ["taskwire: 1", "application: app", "namespaces:", ...namespaces.map((one) => `  ${one}`), ""].join("\n");
}
