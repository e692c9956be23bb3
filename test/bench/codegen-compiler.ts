import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MEASURED, median, once, rounded } from "./codegen-process.js";
import type { CodegenProject } from "./codegen-project.js";

const IMPORTS = 5;

/** What a user's compiler makes of the generated code. */
interface Compiled {
  readonly seconds: number;
  /** NaN for a native compiler. */
  readonly processorSeconds: number;
  readonly checkSeconds: number;
  readonly usedMiB: number;
  readonly types: number;
  readonly instantiations: number;
}

/** `name`: a folder of node_modules. Writes JavaScript to `out-NAME`. */
export async function compiled(project: CodegenProject, name: string): Promise<Compiled> {
  const compilerOptions = {
    target: "es2022",
    lib: ["es2023", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    strict: true,
    skipLibCheck: true,
    rootDir: "generated",
    outDir: `out-${name}`,
  };
  project.write("tsconfig.json", JSON.stringify({ compilerOptions, include: ["generated"] }));
  const measured = name === "typescript" ? MEASURED : [];
  const compiler = join(project.checkout, "node_modules", name, "bin/tsc");
  const args = [...measured, compiler, "-p", project.folder, "--extendedDiagnostics"];
  const { seconds, processorSeconds, out } = await once(args, project.folder);
  const figure = (label: string) => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(out)?.[1]);
  return {
    seconds,
    processorSeconds,
    checkSeconds: rounded(figure("Check time")),
    usedMiB: Math.round(figure("Memory used") / 1024),
    types: figure("Types"),
    instantiations: figure("Instantiations"),
  };
}

/** Figures of one namespace's client, in a fresh process each time; the package's own modules are counted separately. */
export async function imported(project: CodegenProject): Promise<object> {
  const client = JSON.stringify(project.path("out-typescript/namespaces/space_0.js"));
  const script = `
    const start = performance.now();
    await import("taskwire/generated");
    const runtime = performance.now();
    await import(${client});
    console.log(JSON.stringify([runtime - start, performance.now() - runtime]));`;
  const runs: (readonly [number, number])[] = [];
  for (let index = 0; index < IMPORTS; index += 1) {
    const { out } = await once(["--input-type=module", "--eval", script], project.folder);
    runs.push(JSON.parse(out));
  }
  return {
    ofTheRuntime: rounded(median(runs.map(([first]) => first))),
    ofTheNamespace: rounded(median(runs.map(([, second]) => second))),
  };
}

/** Lines of the generated file of one namespace. */
export function linesOfOne(project: CodegenProject): number {
  return readFileSync(project.path("generated/namespaces/space_0.ts"), "utf8").split("\n").length;
}
