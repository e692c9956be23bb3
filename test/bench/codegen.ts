import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { COMMAND } from "../support/processes/command.js";

const NAMESPACES = 50;
const TASKS = 20;
const EDITS = 7;
const IMPORTS = 5;
const root = resolve(import.meta.dirname, "../../..");
const compiler = (name: string) => join(root, "node_modules", name, "bin/tsc");

/** Prints the processor time and the largest resident size of the process, in microseconds and KiB, at its end. */
const MEASURED = [
  "--import",
  'data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();console.error("cpu",u.userCPUTime+u.systemCPUTime,"maxRSS",u.maxRSS)})',
];

/** 1,000 tasks in 50 namespaces, a file each: codegen cold and after an edit, the compiler on its output, an import of it. */
export async function codegenBench(): Promise<object> {
  mkdirSync(join(root, "dist"), { recursive: true });
  // Inside the repository, so that the output finds the package.
  const folder = mkdtempSync(join(root, "dist/bench-codegen-"));
  try {
    mkdirSync(join(folder, "schema"));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", taskwire: {} }));
    writeFileSync(join(folder, "schema/taskwire.yaml"), SHARED);
    for (let index = 0; index < NAMESPACES; index += 1) writeFileSync(file(folder, index), namespace(index, 0));
    const cold = await once([...MEASURED, COMMAND, "codegen"], folder);
    const unchanged = await once([...MEASURED, COMMAND, "codegen"], folder);
    const watch = await watched(folder);
    const types = { "6.0": await checked(folder, "typescript"), "7.0": await checked(folder, "typescript-7.0") };
    const lines = readFileSync(join(folder, "generated/namespaces/space_0.ts"), "utf8").split("\n").length;
    return {
      tasks: NAMESPACES * TASKS,
      linesOfOneNamespace: lines,
      cold: shown(cold),
      unchanged: shown(unchanged),
      watch,
      tsc: types,
      importMilliseconds: await imported(folder),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Ran {
  readonly seconds: number;
  /** Processor time of all threads, which other work on the machine changes little. NaN when it was not measured. */
  readonly processorSeconds: number;
  readonly residentMiB: number;
  readonly out: string;
}

function once(args: readonly string[], cwd: string): Promise<Ran> {
  const start = performance.now();
  const child = spawn(process.execPath, [...args], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString("utf8");
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  return new Promise((done, fail) => {
    child.once("close", (code) => {
      const seconds = rounded((performance.now() - start) / 1000);
      if (code !== 0) fail(new Error(`${args.join(" ")} ended with ${code}:\n${out}${errors}`));
      else done({ seconds, ...usage(errors), out });
    });
  });
}

function usage(errors: string): { readonly processorSeconds: number; readonly residentMiB: number } {
  const [, cpu, harness] = /cpu (\d+) maxRSS (\d+)/.exec(errors) ?? [];
  return { processorSeconds: rounded(Number(cpu) / 1e6), residentMiB: Math.round(Number(harness) / 1024) };
}

function shown({ seconds, processorSeconds, residentMiB }: Ran): object {
  return { seconds, processorSeconds, residentMiB };
}

/** Milliseconds from the save of one file to the end of the run that it started, and those of the run alone. */
async function watched(folder: string): Promise<object> {
  const args = [...MEASURED, COMMAND, "codegen", "--watch", "--json"];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const saved: number[] = [];
  const runs: number[] = [];
  try {
    await lines.next();
    for (let edit = 1; edit <= EDITS; edit += 1) {
      const start = performance.now();
      writeFileSync(file(folder, edit), namespace(edit, edit));
      const { value } = await lines.next();
      saved.push(performance.now() - start);
      runs.push(Number(/"milliseconds":(\d+)/.exec(value ?? "")?.[1]));
    }
  } finally {
    await ended(child);
  }
  return {
    edits: EDITS,
    medianMilliseconds: median(saved),
    ofTheRun: median(runs),
    worst: Math.round(Math.max(...saved)),
    ...usage(errors),
  };
}

function ended(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  return new Promise((done) => child.once("close", () => done()));
}

/** A user's tsc over the output. */
async function checked(folder: string, name: string): Promise<object> {
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
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["generated"] }));
  const measured = name === "typescript" ? MEASURED : [];
  const args = [...measured, compiler(name), "-p", folder, "--extendedDiagnostics"];
  const { seconds, processorSeconds, out } = await once(args, folder);
  const figure = (label: string) => Number(new RegExp(`^${label}:\\s+([\\d.]+)`, "m").exec(out)?.[1]);
  return {
    seconds,
    // That of a native compiler is not known here.
    ...(Number.isNaN(processorSeconds) ? {} : { processorSeconds }),
    ofIt: figure("Total time"),
    check: figure("Check time"),
    usedMiB: Math.round(figure("Memory used") / 1024),
  };
}

/** Figures of one namespace's client, in a fresh process each time; the package's own modules are counted separately. */
async function imported(folder: string): Promise<object> {
  const client = JSON.stringify(join(folder, "out-typescript/namespaces/space_0.js"));
  const script = `
    const start = performance.now();
    await import("taskwire/generated");
    const runtime = performance.now();
    await import(${client});
    console.log(JSON.stringify([runtime - start, performance.now() - runtime]));`;
  const runs: (readonly [number, number])[] = [];
  for (let index = 0; index < IMPORTS; index += 1) {
    const { out } = await once(["--input-type=module", "--eval", script], folder);
    runs.push(JSON.parse(out));
  }
  return {
    ofTheRuntime: median(runs.map(([first]) => first)),
    ofTheNamespace: median(runs.map(([, second]) => second)),
  };
}

function file(folder: string, index: number): string {
  return join(folder, `schema/space_${index}.yaml`);
}

const SHARED = `taskwire: 1
application: bench
types:
  Level: { values: [info, warning, error] }
  Slug: { type: string, pattern: "^[a-z-]+$", max_length: 64 }
  Volume:
    fields: { project_id: int, total: int, indexed: "int?", level: Level }
retry_policies:
  usual: { times: 3, times_exceeded: deadletter, delay: 10s, backoff: exponential, max_delay: 10m }
`;

/** `edit`: a number that its first task's description names. */
function namespace(index: number, edit: number): string {
  const tasks = Array.from(
    { length: TASKS },
    (_, task) => `      task_${index}_${task}:
        description: Does what the task ${task} of the namespace ${index} is for, the ${task === 0 ? edit : 0}th way.
        parameters:
          organization_id: int
          slug: Slug
          note: { type: "string?", max_length: 200, description: What a person wrote. }
          volumes: "Volume[]"
          at: datetime
          labels: { type: "string{}", default: {} }
        retry: usual
`,
  );
  return `taskwire: 1\nnamespaces:\n  space_${index}:\n    description: The namespace ${index}.\n    tasks:\n${tasks.join("")}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 10) / 10;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
