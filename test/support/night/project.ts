import { readdirSync, readFileSync } from "node:fs";
import { Project } from "../processes/project.js";
import { HANDLERS, PACKAGE, PRODUCE, SCHEMA, TSCONFIG } from "./files.js";

/** How many of each; 100,000 in all. */
export const NIGHT = { booked: 85_999, failing: 3000, reminders: 10_000, hanging: 1, reports: 1000 } as const;
/** The faults of the failing ones, each the same number of times, and the code of their error group's task. */
export const FAULTS = ["address", "amount", "gateway", "declined"] as const;

/** What the handlers of a night wrote: one line a run. */
interface Run {
  readonly id: string;
  readonly task: string;
  readonly worker: string;
  readonly how: "completed" | "failed" | "started" | "cancelled";
}

/** A project with the tasks of a night, its generated code and its handlers; dispose removes it. */
export class NightProject implements Disposable {
  readonly #project = new Project(true);

  /** `environments`: YAML of the `environments` section. */
  static async make(environments: string): Promise<NightProject> {
    const made = new NightProject();
    const project = made.#project;
    project.write("package.json", PACKAGE);
    project.write("tsconfig.json", TSCONFIG);
    project.write("schema/night.yaml", `${SCHEMA}${environments}`);
    project.write("src/handlers.ts", HANDLERS);
    project.write("src/produce.ts", PRODUCE);
    const generated = await project.codegen();
    if (generated.code !== 0) throw new Error(generated.err);
    const compiled = await project.tsc();
    if (compiled.code !== 0) throw new Error(`${compiled.out}${compiled.err}`);
    return made;
  }

  get folder(): string {
    return this.#project.folder;
  }

  path(name: string): string {
    return this.#project.path(name);
  }

  /** From here on the failing tasks succeed. */
  fix(): void {
    this.#project.write("fixed", "");
  }

  write(name: string, text: string): void {
    this.#project.write(name, text);
  }

  /** Produces what the arguments of produce.ts name; resolves with the ids. */
  async produce(env: NodeJS.ProcessEnv, ...what: readonly string[]): Promise<readonly string[]> {
    const { code, out, err } = await this.#project.node(["dist/src/produce.js", ...what], { env });
    if (code !== 0) throw new Error(err);
    return out.trim().split("\n");
  }

  /** Every run that a handler wrote down. */
  runs(): readonly Run[] {
    return readdirSync(this.#project.folder)
      .filter((name) => name.endsWith(".runs"))
      .flatMap((name) => readFileSync(this.#project.path(name), "utf8").trimEnd().split("\n"))
      .map((line) => {
        const [id = "", task = "", worker = "", how] = line.split(" ");
        if (how !== "completed" && how !== "failed" && how !== "started" && how !== "cancelled")
          throw new Error(`not a run: ${line}`);
        return { id, task, worker, how };
      });
  }

  [Symbol.dispose](): void {
    this.#project[Symbol.dispose]();
  }
}
