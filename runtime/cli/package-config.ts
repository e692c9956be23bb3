import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { messageOf, TaskwireError } from "../base/errors.js";
import { withoutByteOrderMark } from "../base/files/byte-order-mark.js";

/** The `taskwire` block of package.json: defaults of commands, as absolute paths. Flags win. */
interface PackageConfig {
  readonly schema: string;
  readonly out: string;
  /** undefined when the block names none. */
  readonly handlers: string | undefined;
}

type Block = Partial<Record<"schema" | "out" | "handlers", string>>;

/** Reads the nearest package.json at or above the working directory; without one, everything is the built-in default. */
export function packageConfig(workingDirectory = process.cwd()): PackageConfig {
  const file = packageFile(workingDirectory);
  const folder = file === undefined ? workingDirectory : dirname(file);
  const { schema = "schema", out = "generated", handlers } = file === undefined ? {} : read(file);
  return {
    schema: resolve(folder, schema),
    out: resolve(folder, out),
    handlers: handlers === undefined ? undefined : resolve(folder, handlers),
  };
}

function read(file: string): Block {
  const refused = (why: string, cause?: unknown) =>
    new TaskwireError("bad_package_config", `${file}: ${why}`, { cause });
  let text: string;
  try {
    text = withoutByteOrderMark(readFileSync(file, "utf8"));
  } catch (error) {
    throw refused(`it cannot be read: ${messageOf(error)}`, error);
  }
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw refused(`it is not valid JSON (no comments, no trailing commas): ${messageOf(error)}`, error);
  }
  try {
    const found = typeof manifest === "object" && manifest !== null && "taskwire" in manifest ? manifest.taskwire : {};
    return blockOf(found);
  } catch (error) {
    throw refused(`"taskwire": expected { schema, out, handlers } as strings, ${messageOf(error)}`, error);
  }
}

/** By hand: every command reads it, and zod takes as long to load as much of the rest together. */
function blockOf(found: unknown): Block {
  if (typeof found !== "object" || found === null || Array.isArray(found))
    throw new TypeError(`got ${JSON.stringify(found)}`);
  const block: Block = {};
  for (const [name, value] of Object.entries(found)) {
    if (name !== "schema" && name !== "out" && name !== "handlers")
      throw new TypeError(`got the unknown key ${JSON.stringify(name)}`);
    if (typeof value !== "string") throw new TypeError(`got ${name}: ${JSON.stringify(value)}`);
    block[name] = value;
  }
  return block;
}

/** The nearest package.json at or above the working directory. */
export function packageFile(workingDirectory = process.cwd()): string | undefined {
  for (let folder = resolve(workingDirectory); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) return undefined;
  }
}
