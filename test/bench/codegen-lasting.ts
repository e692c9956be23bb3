import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ended, MEASURED, median, usage } from "./codegen-process.js";
import type { CodegenProject } from "./codegen-project.js";
import { processTime } from "./processes.js";

const EDITS = 7;

interface Watched {
  /** From the save of one file to the end of the run that it started, median. */
  readonly milliseconds: number;
  readonly ofTheRun: number;
  /** Processor time of an edit, mean. */
  readonly processorMilliseconds: number;
  readonly worst: number;
  readonly residentMiB: number;
}

/** One edit after the other under `taskwire codegen --watch`. */
export async function watched(project: CodegenProject): Promise<Watched> {
  const args = [...MEASURED, project.command, "codegen", "--watch", "--json"];
  const child = spawn(process.execPath, args, { cwd: project.folder, stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString("utf8");
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const saved: number[] = [];
  const runs: number[] = [];
  let [from, to] = [0, 0];
  try {
    await lines.next();
    // The first edit also loads the compiler.
    for (let edit = 0; edit <= EDITS; edit += 1) {
      const start = performance.now();
      project.edit(edit, edit + 1);
      const { value } = await lines.next();
      to = processTime(child.pid ?? 0);
      if (edit === 0) {
        from = to;
        continue;
      }
      saved.push(performance.now() - start);
      runs.push(Number(/"milliseconds":(\d+)/.exec(value ?? "")?.[1]));
    }
  } finally {
    await ended(child, "SIGTERM");
  }
  return {
    milliseconds: Math.round(median(saved)),
    ofTheRun: median(runs),
    processorMilliseconds: Math.round(((to - from) / EDITS) * 1000),
    worst: Math.round(Math.max(...saved)),
    residentMiB: usage(errors).residentMiB,
  };
}

/** Registers a handler that does nothing for each task. */
const HANDLERS = `import * as namespaces from "./out-typescript/index.js";
import { defineHandlers } from "./out-typescript/registry.js";
const each = (tasks) => Object.fromEntries(Object.keys(tasks).map((task) => [task, () => {}]));
export default defineHandlers(Object.fromEntries(Object.entries(namespaces).map(([name, tasks]) => [name, each(tasks)])));
`;

interface Ready {
  readonly seconds: number;
  /** What the process itself used, without its children. */
  readonly processorSeconds: number;
}

/** `taskwire dev` in a project whose generated code is compiled and current: until it says that it is ready. */
export async function devReady(project: CodegenProject): Promise<Ready> {
  project.write("handlers.js", HANDLERS);
  const data = mkdtempSync(join(tmpdir(), "taskwire-bench-dev-"));
  const ports = ["--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"];
  const start = performance.now();
  const child = spawn(process.execPath, [project.command, "dev", "--data", data, ...ports], {
    cwd: project.folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await said(child, "taskwire dev is ready");
    return { seconds: (performance.now() - start) / 1000, processorSeconds: processTime(child.pid ?? 0) };
  } finally {
    if (child.exitCode === null) await ended(child, "SIGTERM");
    rmSync(data, { recursive: true, force: true });
  }
}

function said(child: ChildProcess, part: string): Promise<void> {
  let text = "";
  return new Promise((done, failed) => {
    child.stderr?.on("data", (bytes: Buffer) => {
      text += String(bytes);
      if (text.includes(part)) done();
    });
    child.once("exit", (code) => failed(new Error(`taskwire dev ended with ${code}:\n${text}`)));
  });
}
