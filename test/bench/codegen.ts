import { resolve } from "node:path";
import { atMost } from "./budgets.js";
import { compiled, imported, linesOfOne } from "./codegen-compiler.js";
import { devReady, watched } from "./codegen-lasting.js";
import { MEASURED, median, once, rounded } from "./codegen-process.js";
import { CodegenProject } from "./codegen-project.js";

const OWN = resolve(import.meta.dirname, "../../..");
const ROUNDS = 5;
const MANY = 50;
const SOME = 13;

/** A figure: what measures it once, in seconds, and what is done before. */
interface Figure {
  readonly name: string;
  readonly limit: number;
  readonly of: "many" | "some";
  readonly measure: (project: CodegenProject, round: number) => Promise<number>;
}

const processor = async (project: CodegenProject, ...args: readonly string[]) =>
  (await once([...MEASURED, project.command, ...args], project.folder)).processorSeconds;

/** In an order in which each leaves the generated code current. */
const FIGURES: readonly Figure[] = [
  {
    name: "codegen cold",
    limit: 3,
    of: "many",
    measure: (project) => {
      project.clean();
      return processor(project, "codegen");
    },
  },
  {
    name: "codegen, one task changed",
    limit: 3,
    of: "many",
    measure: (project, round) => {
      project.edit(0, round + 1);
      return processor(project, "codegen");
    },
  },
  {
    name: "codegen cold",
    limit: 2,
    of: "some",
    measure: (project) => {
      project.clean();
      return processor(project, "codegen");
    },
  },
  { name: "codegen, nothing changed", limit: 1, of: "some", measure: (project) => processor(project, "codegen") },
  { name: "codegen --check", limit: 1, of: "some", measure: (project) => processor(project, "codegen", "--check") },
  { name: "lint", limit: 1, of: "some", measure: (project) => processor(project, "lint") },
  {
    name: "breaking",
    limit: 1,
    of: "some",
    measure: (project) => processor(project, "breaking", "--against", "generated"),
  },
];

/**
 * Codegen of 1,000 and 260 tasks, 20 in a file: processor time of a run, medians of five, the compiler on its output, an
 * edit under watch, `taskwire dev`. TASKWIRE_BENCH_BASE names another checkout, built, that is measured by turns with this one.
 */
export async function codegenBench(): Promise<object> {
  const base = process.env.TASKWIRE_BENCH_BASE;
  const checkouts = base === undefined ? [OWN] : [resolve(base), OWN];
  const measured = checkouts.map((checkout) => new Measured(checkout));
  try {
    for (let round = 0; round < ROUNDS; round += 1) for (const each of measured) await each.commands(round);
    for (const each of measured) await each.compile();
    for (let round = 0; round < ROUNDS; round += 1) for (const each of measured) await each.start();
    for (const each of measured) await each.watch();
    const [first, last] = [measured[0], measured.at(-1)];
    const before = base === undefined ? {} : { base: first?.result };
    return { ...before, ...last?.result, budgets: last?.budgets };
  } finally {
    for (const each of measured) each[Symbol.dispose]();
  }
}

/** The figures of one checkout. */
class Measured implements Disposable {
  readonly #many: CodegenProject;
  readonly #some: CodegenProject;
  readonly #times = FIGURES.map((): number[] => []);
  readonly #dev: { readonly seconds: number; readonly processorSeconds: number }[] = [];
  #compiler: Readonly<Record<"6.0" | "7.0", Awaited<ReturnType<typeof compiled>>>> | undefined;
  #imported: object = {};
  #watched: Awaited<ReturnType<typeof watched>> | undefined;

  constructor(checkout: string) {
    this.#many = new CodegenProject(checkout, MANY);
    this.#some = new CodegenProject(checkout, SOME);
  }

  async commands(round: number): Promise<void> {
    for (const [index, { of, measure }] of FIGURES.entries())
      this.#times[index]?.push(await measure(of === "many" ? this.#many : this.#some, round));
  }

  async compile(): Promise<void> {
    this.#compiler = {
      "6.0": await compiled(this.#many, "typescript"),
      "7.0": await compiled(this.#many, "typescript-7.0"),
    };
    this.#imported = await imported(this.#many);
    // For the handlers of dev.
    await compiled(this.#some, "typescript");
  }

  async start(): Promise<void> {
    this.#dev.push(await devReady(this.#some));
  }

  async watch(): Promise<void> {
    this.#watched = await watched(this.#many);
  }

  #named(): { readonly name: string; readonly limit: number; readonly median: number }[] {
    return FIGURES.map(({ name, limit, of }, index) => {
      const { tasks } = of === "many" ? this.#many : this.#some;
      return { name: `${name}, ${tasks} tasks`, limit, median: median(this.#times[index] ?? []) };
    });
  }

  get result(): object {
    return {
      processorSeconds: Object.fromEntries(this.#named().map((one) => [one.name, one.median])),
      dev: { seconds: this.#devOf("seconds"), processorSeconds: this.#devOf("processorSeconds") },
      watch: this.#watched,
      tsc: this.#compiler,
      importMilliseconds: this.#imported,
      linesOfOneNamespace: linesOfOne(this.#many),
    };
  }

  get budgets(): object[] {
    return [
      ...this.#named().map((one) => atMost(one.name, one.median, one.limit, "s CPU")),
      atMost("edit under --watch, 1000 tasks", this.#watched?.milliseconds ?? Number.NaN, 300, "ms"),
      atMost("tsc 6.0, 1000 tasks", this.#compiler?.["6.0"].processorSeconds ?? Number.NaN, 6, "s CPU"),
      atMost(`dev until it is ready, ${this.#some.tasks} tasks`, this.#devOf("seconds"), 3, "s"),
    ];
  }

  #devOf(kind: "seconds" | "processorSeconds"): number {
    return rounded(median(this.#dev.map((one) => one[kind])));
  }

  [Symbol.dispose](): void {
    this.#many[Symbol.dispose]();
    this.#some[Symbol.dispose]();
  }
}
