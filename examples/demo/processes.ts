import { type ChildProcess, spawn } from "node:child_process";
import { deferred } from "./deferred.js";
import { ProcessError } from "./errors.js";
import { LastLines } from "./last-lines.js";

const REMEMBERED_LINES = 20;
/** From SIGTERM to SIGKILL, milliseconds. */
const GRACE_MS = 5000;
/** From start to the ready line, milliseconds. */
const READY_MS = 15_000;

interface ProcessOptions {
  /** Its name in messages: "broker", "worker". */
  readonly name: string;
  /** The `taskwire` command's file. */
  readonly cli: string;
  /** Its arguments. */
  readonly arguments: readonly string[];
  /** Variables added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default: this process's own. */
  readonly workingDirectory?: string;
  /** The log message that reports it as ready. */
  readonly readyMessage: string;
}

/** A long-running `taskwire` command as a child process. `stop()` ends it by its pid. */
export class CliProcess implements AsyncDisposable {
  readonly name: string;
  /** Resolves with how the process ended; never rejects. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #output: LastLines;
  readonly #ready = deferred<void>();
  #hasEnded = false;
  #stopping = false;

  constructor(options: ProcessOptions) {
    this.name = options.name;
    this.#output = new LastLines(REMEMBERED_LINES, (line) => {
      if (messageIn(line) === options.readyMessage) this.#ready.resolve();
    });
    this.#child = spawn(process.execPath, [options.cli, ...options.arguments], {
      cwd: options.workingDirectory,
      env: { ...process.env, ...options.environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (this.#child.stdout !== null) this.#output.follow(this.#child.stdout);
    if (this.#child.stderr !== null) this.#output.follow(this.#child.stderr);
    this.ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#hasEnded = true;
        resolve(how);
      };
      this.#child.once("error", (error) => end(`could not be started: ${error.message}`));
      // "close" comes after the last line was read.
      this.#child.once("close", (code, signal) =>
        end(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
      );
    });
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The last output of both streams, newest last. */
  get lines(): readonly string[] {
    return this.#output.lines;
  }

  /** Resolves at its ready line. Throws ProcessError when it ends before, or after `timeout` milliseconds. */
  async ready(timeout = READY_MS): Promise<void> {
    const late = deferred<never>();
    const timer = setTimeout(() => late.reject(this.#error(`was not ready after ${timeout / 1000} s`)), timeout);
    try {
      await Promise.race([this.#ready.promise, this.failure(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Rejects with ProcessError when the process ends before `stop()` was called; otherwise stays pending. */
  async failure(): Promise<never> {
    const how = await this.ended;
    if (this.#stopping) return new Promise<never>(() => {});
    throw this.#error(how);
  }

  /** Sends a signal; does nothing once the process has ended. */
  kill(signal: NodeJS.Signals): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  /** SIGTERM, and SIGKILL after `grace` milliseconds. Resolves with how it ended. */
  async stop(grace = GRACE_MS): Promise<string> {
    this.#stopping = true;
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), grace);
    try {
      return await this.ended;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #error(problem: string): ProcessError {
    return new ProcessError(this.name, problem, this.lines);
  }
}

/** The message of a JSON log line; undefined for any other text. */
function messageIn(line: string): string | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === "object" && entry !== null && "message" in entry && typeof entry.message === "string")
      return entry.message;
  } catch {
    // Not a log line: handlers may print anything.
  }
  return undefined;
}
