import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Answer, Question } from "./programs/produce.js";

const MAIN = fileURLToPath(new URL("./programs/main.js", import.meta.url));
const KILL_MS = 10_000;

/** A producer or worker process of one contender. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;
  #said = "";

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    child.stderr?.on("data", (bytes: Buffer) => {
      this.#said = (this.#said + bytes.toString()).slice(-10_000);
    });
  }

  /** `adapter`: URL of its module. Resolves when it is connected. */
  static async start(
    adapter: string,
    role: "produce" | "work" | "sandboxed",
    address: string,
    variables: NodeJS.ProcessEnv = {},
  ): Promise<Program> {
    const child = fork(MAIN, [adapter, role, address], {
      env: { ...process.env, ...variables },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const program = new Program(`${role} of ${adapter.split("/").at(-1)}`, child);
    await program.#next();
    return program;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async ask(question: Question): Promise<Answer> {
    const answered = this.#next();
    this.#child.send(question);
    return await answered;
  }

  #next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const end = (code: number | null) => reject(new Error(`${this.#name} ended with ${code}:\n${this.#said}`));
      this.#child.once("exit", end);
      this.#child.once("message", (answer: Answer) => {
        this.#child.off("exit", end);
        resolve(answer);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), KILL_MS);
    this.#child.kill("SIGTERM");
    await ended;
    clearTimeout(timer);
  }
}
