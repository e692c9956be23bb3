import { existsSync } from "node:fs";
import { Worker, type WorkerOptions } from "node:worker_threads";
import { TaskwireError } from "../errors.js";

/** The build writes a thread's program beside its module as one file (`embed.mjs`): many modules take long to load. */
const BUNDLE = ".bundle.cjs";

/**
 * Starts a thread of this package, whose program is the file beside the module at `here`, or its bundle. What the command line and
 * NODE_OPTIONS ask of the main program (`--input-type`, `--require`, `--import`, `--inspect-brk`, `--test` and so on)
 * does not reach it: it would fail by some and run the application's code by others.
 * Throws TaskwireError `bundled` when the file is not there.
 */
export function startPackageThread(file: string, here: string, options: WorkerOptions): Worker {
  const program = packageFile(file.replace(/\.js$/, BUNDLE), here) ?? packageFile(file, here);
  if (program === undefined) throw missingInBundleError(`the program of thread "${options.name ?? file}"`);
  return new Worker(program, { ...options, ...apart() });
}

/** The same for a program that is held as text, CommonJS. */
export function startSourceThread(program: string, options: WorkerOptions): Worker {
  return new Worker(program, { ...options, ...apart(), eval: true });
}

/**
 * A file of this package; undefined when there is none, because a bundler put the module elsewhere. `here` is
 * undefined in bundles of the CommonJS format.
 */
export function packageFile(file: string, here: string | undefined): URL | undefined {
  if (here === undefined || !URL.canParse(file, here)) return undefined;
  const found = new URL(file, here);
  return existsSync(found) ? found : undefined;
}

export function missingInBundleError(what: string): TaskwireError {
  return new TaskwireError(
    "bundled",
    `${what} is missing: taskwire was bundled, and this part of it runs from its own files only; leave taskwire external when you bundle (esbuild: --external:taskwire --external:taskwire/*) and install it beside the bundle; see docs/guide/bundling.md`,
  );
}

/** Yarn's Plug'n'Play alone stays of NODE_OPTIONS: by it packages are found. */
function apart(): WorkerOptions {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return { execArgv: [], env: process.versions.pnp === undefined ? env : process.env };
}
