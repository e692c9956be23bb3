import { type ExecFileException, execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { basename, join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");
export const PACKAGES = ["runtime", "codegen"] as const;
export type Package = (typeof PACKAGES)[number];

export interface Outcome {
  readonly code: number;
  readonly said: string;
  readonly out: string;
}

/** Variables of a person's shell: neither those of the test runner, nor those that npm gives to its scripts. */
export function userEnvironment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const foreign = /^(VITEST|TASKWIRE|npm_(?!config_(registry|cache|nodedir))|NODE_ENV$|NODE_OPTIONS$|TEST$)/i;
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

/** Runs a program to its end. */
export function command(
  file: string,
  args: readonly string[],
  cwd: string,
  extra: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  const env = userEnvironment(extra);
  return new Promise((done) => {
    execFile(file, [...args], { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, out, err) =>
      done({ code: codeOf(error), said: out + err, out }),
    );
  });
}

function codeOf(error: ExecFileException | null): number {
  if (error === null) return 0;
  return typeof error.code === "number" ? error.code : -1;
}

export interface Tarball {
  readonly file: string;
  /** Paths inside of the package. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** Bytes of each file. */
  readonly sizes: ReadonlyMap<string, number>;
}

/**
 * Both packages, packed by their own prepack in a copy of their sources: a clean build, of which nobody else in the
 * repository sees the moment without dist/.
 */
export async function pack(folder: string): Promise<Readonly<Record<Package, Tarball>>> {
  const copy = join(folder, "repository");
  const built = new Set(["dist", "node_modules", "LICENSE"]);
  for (const name of [...PACKAGES, "console"])
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => !PACKAGES.some((each) => built.has(source.slice(join(root, each).length + 1))),
    });
  for (const file of ["tsconfig.base.json", "prepack.mjs", "embed.mjs", "LICENSE"])
    cpSync(join(root, file), join(copy, file));
  const modules = join(copy, "node_modules");
  mkdirSync(join(modules, "@taskwire"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "taskwire" && name !== "@taskwire") symlinkSync(join(root, "node_modules", name), join(modules, name));
  symlinkSync(join(copy, "runtime"), join(modules, "taskwire"));
  symlinkSync(join(copy, "codegen"), join(modules, "@taskwire/codegen"));
  return { runtime: await packOne(copy, "runtime", folder), codegen: await packOne(copy, "codegen", folder) };
}

async function packOne(copy: string, name: Package, folder: string): Promise<Tarball> {
  const { code, out, said } = await command("npm", ["pack", "--json", "--pack-destination", folder], join(copy, name));
  if (code !== 0) throw new Error(`npm pack of ${name} failed:\n${said}`);
  // The build of prepack may say something before it.
  const [packed]: readonly {
    readonly filename: string;
    readonly size: number;
    readonly files: readonly { readonly path: string; readonly size: number }[];
  }[] = JSON.parse(out.slice(out.search(/^\[/m)));
  if (packed === undefined) throw new Error(`npm pack of ${name} said nothing`);
  const file = join(folder, basename(packed.filename));
  if (!existsSync(file)) throw new Error(`npm pack of ${name} wrote no ${file}`);
  const sizes = new Map(packed.files.map(({ path, size }) => [path, size]));
  return { file, files: [...sizes.keys()].sort(), bytes: packed.size, sizes };
}
