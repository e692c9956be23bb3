import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DemoError } from "./errors.js";

/** Absolute paths of the repository's files that the demo uses. They are the same from the source and the compiled copy. */
export interface Paths {
  readonly root: string;
  /** The `taskwire` command. */
  readonly cli: string;
  readonly model: string;
  readonly handlers: string;
  readonly flights: string;
}

/** Throws DemoError when a file is missing, with the command that creates it. */
export function repositoryPaths(): Paths {
  const root = rootAbove(dirname(fileURLToPath(import.meta.url)));
  const paths = {
    root,
    cli: join(root, "runtime", "bin", "taskwire.js"),
    model: join(root, "generated", "taskwire.json"),
    handlers: join(root, "dist", "examples", "handlers.js"),
    flights: join(root, "examples", "data", "flights.csv"),
  };
  for (const [path, cure] of [
    [paths.model, "npm run codegen"],
    [paths.handlers, "npm run build"],
    [paths.flights, "git checkout examples/data"],
  ] as const) {
    if (!existsSync(path)) throw new DemoError(`${path} is missing; run \`${cure}\` in ${root}`);
  }
  return paths;
}

function rootAbove(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (folder === dirname(folder))
      throw new DemoError(`there is no package.json at or above ${start}; run the demo from the repository`);
  }
}
