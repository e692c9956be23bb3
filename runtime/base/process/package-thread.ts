import { existsSync } from "node:fs";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { TaskwireError } from "../errors.js";

/** The build (`embed.mjs`) writes the program of a thread beside its module as one file, which loads faster. */
const BUNDLE = ".bundle.cjs";

/**
 * Starts a thread of this package. Its program is `file`, beside the module at `here`, or its bundle. Flags of the command
 * line and of NODE_OPTIONS (`--input-type`, `--require`, `--import`, `--inspect-brk`, `--test` and so on) do not reach it:
 * with some it would fail, with others it would run the application's code. Throws TaskwireError `bundled` when the file
 * is missing.
 */
export function startPackageThread(file: string, here: string, options: WorkerOptions): Worker {
  const program = packageFile(file.replace(/\.js$/, BUNDLE), here) ?? packageFile(file, here);
  if (program === undefined) throw missingInBundleError(`the program of thread "${options.name ?? file}"`);
  return new Worker(program, { ...options, ...withoutFlags() });
}

/** The same for a program given as CommonJS source. */
export function startSourceThread(program: string, options: WorkerOptions): Worker {
  return new Worker(program, { ...options, ...withoutFlags(), eval: true });
}

/**
 * A file of this package, by its path from the module at `here`; undefined when a bundler put the module elsewhere. `here`
 * is undefined in CommonJS bundles.
 */
export function packageFile(file: string, here: string | undefined): URL | undefined {
  if (here === undefined || !URL.canParse(file, here)) return undefined;
  const found = new URL(file, here);
  return existsSync(found) ? found : undefined;
}

export function missingInBundleError(what: string): TaskwireError {
  return new TaskwireError(
    "bundled",
    `${what} is missing: taskwire was bundled, and this part runs from its own files only; leave taskwire external when you bundle (esbuild: --external:taskwire --external:taskwire/*) and install it beside the bundle; see docs/guide/bundling.md`,
  );
}

/** Without flags and NODE_OPTIONS, except under Yarn Plug'n'Play, which needs them to find packages. */
function withoutFlags(): WorkerOptions {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return { execArgv: [], env: process.versions.pnp === undefined ? env : process.env };
}
