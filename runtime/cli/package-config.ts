import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { messageOf, TaskwireError } from "../base/errors.js";
import { withoutMark } from "../base/text-file.js";

/** The `taskwire` block of package.json: defaults of commands, as absolute paths. Flags win. */
export interface PackageConfig {
  readonly schema: string;
  readonly out: string;
  /** undefined when the block names none. */
  readonly handlers: string | undefined;
}

const block = z.strictObject({
  schema: z.string().optional(),
  out: z.string().optional(),
  handlers: z.string().optional(),
});

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

function read(file: string): z.infer<typeof block> {
  try {
    const manifest: unknown = JSON.parse(withoutMark(readFileSync(file, "utf8")));
    const found = typeof manifest === "object" && manifest !== null && "taskwire" in manifest ? manifest.taskwire : {};
    return block.parse(found);
  } catch (error) {
    const message = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new TaskwireError(
      "bad_package_config",
      `${file}: "taskwire": expected { schema, out, handlers } as texts: ${message}`,
      { cause: error },
    );
  }
}

/** The nearest package.json at or above the working directory. */
export function packageFile(workingDirectory = process.cwd()): string | undefined {
  for (let folder = resolve(workingDirectory); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) return file;
    if (folder === dirname(folder)) return undefined;
  }
}
