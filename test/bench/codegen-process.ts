import { type ChildProcess, spawn } from "node:child_process";

/** Prints the processor time and the largest resident size of the process, in microseconds and KiB, at its end. */
export const MEASURED = [
  "--import",
  'data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();console.error("cpu",u.userCPUTime+u.systemCPUTime,"maxRSS",u.maxRSS)})',
];

interface Ran {
  readonly seconds: number;
  /** Processor time of all threads, which other work on the machine changes little. NaN when it was not measured. */
  readonly processorSeconds: number;
  readonly residentMiB: number;
  readonly out: string;
}

/** Runs Node to its end; rejects when it fails. */
export function once(args: readonly string[], cwd: string): Promise<Ran> {
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

/** From what MEASURED printed. */
export function usage(errors: string): { readonly processorSeconds: number; readonly residentMiB: number } {
  const [, cpu, resident] = /cpu (\d+) maxRSS (\d+)/.exec(errors) ?? [];
  return { processorSeconds: rounded(Number(cpu) / 1e6), residentMiB: Math.round(Number(resident) / 1024) };
}

export function ended(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  child.kill(signal);
  return new Promise((done) => child.once("close", () => done()));
}

export function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

export function rounded(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
