import { until } from "../waiting.js";
import { COMMAND, type Running, run } from "./command.js";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Commands of taskwire that share variables; dispose ends them by their own ids, the last one first. */
export class Processes implements AsyncDisposable {
  readonly #variables: NodeJS.ProcessEnv;
  readonly #cwd: string | undefined;
  readonly #command: string;
  readonly #running: Running[] = [];

  /** `command`: another file than this repository's. */
  constructor(variables: NodeJS.ProcessEnv, cwd?: string, command = COMMAND) {
    this.#variables = variables;
    this.#cwd = cwd;
    this.#command = command;
  }

  /** Starts one that runs on; resolves when it says `ready`, rejects when it ends before. */
  async start(ready: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Running> {
    const running = run(args, { ...this.#variables, ...variables }, this.#cwd, this.#command);
    this.#running.push(running);
    await until(() => {
      if (running.said().includes(ready)) return true;
      const { exitCode, signalCode } = running.child;
      if (exitCode === null && signalCode === null) return false;
      throw new Error(`taskwire ${args.join(" ")} ended with ${exitCode ?? signalCode}:\n${running.said()}`);
    });
    return running;
  }

  /** Runs one to its end. */
  async ended(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const running = run(args, { ...this.#variables, ...variables }, this.#cwd, this.#command);
    this.#running.push(running);
    const [out, err] = [running.child.stdout, running.child.stderr].map((stream) => {
      const parts: Buffer[] = [];
      stream?.on("data", (bytes: Buffer) => parts.push(bytes));
      return () => Buffer.concat(parts).toString();
    });
    await running.ended;
    return { code: running.child.exitCode, out: out?.() ?? "", err: err?.() ?? "" };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.splice(0).reverse()) await running.stop();
  }
}

/** The fields of the first log line with that message. */
export function logged(said: string, message: string): Readonly<Record<string, unknown>> {
  const line = lines(said).find((fields) => fields.message === message);
  if (line === undefined) throw new Error(`nothing says "${message}":\n${said}`);
  return line;
}

/** Every line that is a JSON object. */
export function lines(said: string): Readonly<Record<string, unknown>>[] {
  return said.split("\n").flatMap((line) => {
    if (!line.startsWith("{")) return [];
    try {
      const value: unknown = JSON.parse(line);
      return typeof value === "object" && value !== null ? [{ ...value }] : [];
    } catch {
      return [];
    }
  });
}
