import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as $ from "taskwire/generated";
import type { EnvironmentModel } from "taskwire/model";

const ROOT = resolve(import.meta.dirname, "../../..");

interface Line {
  readonly what: "start" | "end";
  readonly task: string;
  readonly n: number;
  readonly version: string;
}

/** Handlers and generated code that a test edits, inside of the repository so that they find the packages. */
export class DevProject implements Disposable {
  readonly folder: string;
  readonly handlers: string;
  readonly #environment: EnvironmentModel;

  constructor(environment: EnvironmentModel) {
    this.#environment = environment;
    mkdirSync(join(ROOT, "dist"), { recursive: true });
    this.folder = mkdtempSync(join(ROOT, "dist/dev-project-"));
    this.handlers = join(this.folder, "handlers.js");
    writeFileSync(join(this.folder, "package.json"), '{ "type": "module" }');
    this.generate(["quick", "slow"]);
    this.write("handlers.js", HANDLERS);
    this.version("1");
  }

  /** The generated code for these tasks. */
  generate(tasks: readonly string[], hash = "1"): void {
    this.write(
      "generated/tasks.js",
      `import * as $ from "taskwire/generated";
const task = (key) => $.task({
  key: "things." + key, name: "things." + key, namespace: "things", application: "test", hash: "${hash}",
  processingDeadline: 60_000, parameters: () => $.record({ n: $.z.int() }), environments: () => ({}),
});
export const things = Object.fromEntries(${JSON.stringify(tasks)}.map((key) => [key, task(key)]));
`,
    );
  }

  /** What handlers say that they are. */
  version(version: string): void {
    this.write("steps/version.js", `export const version = ${JSON.stringify(version)};\n`);
  }

  /** As editors and compilers do it: a new file in the place of the old one. */
  write(file: string, text: string): void {
    const path = join(this.folder, file);
    mkdirSync(resolve(path, ".."), { recursive: true });
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  }

  remove(folder: string): void {
    rmSync(join(this.folder, folder), { recursive: true });
  }

  /** Lets runs of `slow` end. */
  release(): void {
    this.write("release", "");
  }

  /** The client's task of that name, of which this process has no generated code. */
  task(key: string): $.Task<{ n: number }, { n: number }> {
    return $.task<{ n: number }, { n: number }>({
      key: `things.${key}`,
      name: `things.${key}`,
      namespace: "things",
      application: "test",
      hash: "1",
      processingDeadline: 60_000,
      parameters: () => $.record<{ n: number }, { n: number }>({ n: $.z.int() }),
      environments: () => ({ test: this.#environment }),
    });
  }

  history(): Line[] {
    const file = join(this.folder, "runs.ndjson");
    if (!existsSync(file)) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const HANDLERS = `import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import * as $ from "taskwire/generated";
import { things } from "./generated/tasks.js";
import { version } from "./steps/version.js";

const file = (name) => new URL(name, import.meta.url);
const line = (what, task, n) => appendFileSync(file("runs.ndjson"), JSON.stringify({ what, task, n, version }) + "\\n");
const run = (task) => async ({ n }) => {
  line("start", task, n);
  if (task === "slow") while (!existsSync(file("release"))) await wait(10);
  line("end", task, n);
  if (n < 10) console.log("ran " + task + " " + n);
};

export default $.registry("test", {
  things: { tasks: things, handlers: Object.fromEntries(Object.keys(things).map((task) => [task, run(task)])) },
});
`;
