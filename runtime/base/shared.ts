import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { messageOf, TaskwireError } from "./errors.js";

/**
 * Two copies of the package in one process, in two folders of node_modules, share what belongs to the process: the client,
 * hooks, recordings, the current run. FORM is raised when something shared changes its form, so that copies of different
 * forms are detected.
 */
const FORM = 1;

interface Copy {
  readonly form: number;
  /** This module's URL; undefined in bundles of the CommonJS format. */
  readonly url: string | undefined;
}

const COPIES = Symbol.for("taskwire.copies");
const own: Copy = { form: FORM, url: import.meta.url };
register();

/** The object that all copies share under this name; `make` creates it for the first one. */
export function shared<T extends object>(name: string, make: () => T): T {
  const key = Symbol.for(`taskwire.${FORM}.${name}`);
  const found: T | undefined = Reflect.get(globalThis, key);
  if (found !== undefined) return found;
  const made = make();
  Reflect.set(globalThis, key, made);
  return made;
}

/**
 * Throws TaskwireError `two_copies` when another copy in this process shares nothing with this one: `connect`, `addHooks`
 * and `recordTasks` of one would not affect the other.
 */
export function checkCopies(): void {
  const other = copies().find(({ form }) => form !== FORM);
  if (other === undefined) return;
  throw new TaskwireError(
    "two_copies",
    `two copies of taskwire are loaded that cannot share their state: ${describe(own)} and ${describe(other)}; keep one of them (\`npm ls taskwire\` shows who needs which; the same version, hoisted or deduplicated)`,
  );
}

function register(): void {
  const all = copies();
  // A test runner that resets modules loads the same copy repeatedly.
  if (!all.some(({ form, url }) => form === own.form && url === own.url))
    Reflect.set(globalThis, COPIES, [...all, own]);
}

function copies(): readonly Copy[] {
  const found: readonly Copy[] | undefined = Reflect.get(globalThis, COPIES);
  return found ?? [];
}

function describe({ url, form }: Copy): string {
  if (url === undefined || !url.startsWith("file:")) return `a bundled one (form ${form})`;
  const folder = fileURLToPath(new URL("../..", url));
  try {
    const manifest = new URL("../../package.json", url);
    const { version }: { version?: unknown } = existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")) : {};
    return `${String(version ?? "an unknown version")} in ${folder}`;
  } catch (error) {
    return `one in ${folder} (${messageOf(error)})`;
  }
}
