import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { EnvironmentModel, NamespaceModel } from "taskwire/model";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/commands/status.js";

export const COMMAND = fileURLToPath(new URL("bin/taskwire.js", import.meta.resolve("taskwire/package.json")));

/** A command of taskwire that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it said so far on stdout and stderr. */
  said(): string;
  /** Resolves when it has ended and all it said was read. */
  readonly ended: Promise<void>;
  /** Ends it by SIGTERM, after 10 s by SIGKILL; its exit code, null when it was killed. */
  stop(): Promise<number | null>;
  /** kill -9. */
  kill(): Promise<void>;
}

/** A fresh data folder and the processes that work on it; dispose ends them by their own ids. */
export class Bed implements AsyncDisposable {
  readonly data = mkdtempSync(join(tmpdir(), "taskwire-bed-"));
  readonly environment: EnvironmentModel;
  readonly model: string;
  readonly #handlers: string;
  readonly #extra: NodeJS.ProcessEnv;
  readonly #heard: (line: string) => void;
  readonly #running: Running[] = [];
  #address = "";

  /**
   * `extra`: variables of its processes, read at each start. `namespaces`: what brokers know of them; only raw ones need
   * it. `heard`: gets every line that the processes say.
   */
  constructor(
    environment: EnvironmentModel,
    handlers: string,
    extra: NodeJS.ProcessEnv = {},
    namespaces: readonly NamespaceModel[] = [],
    heard: (line: string) => void = () => {},
  ) {
    this.environment = environment;
    this.#handlers = handlers;
    this.#extra = extra;
    this.#heard = heard;
    this.model = join(this.data, "taskwire.json");
    const model = {
      taskwire: 1,
      application: "test",
      hash: "",
      types: [],
      namespaces,
      environments: [environment],
    };
    writeFileSync(this.model, JSON.stringify(model));
  }

  /** HOST:PORT of the broker; the same for every broker of this bed. */
  async address(): Promise<string> {
    if (this.#address === "") this.#address = `127.0.0.1:${await freePort()}`;
    return this.#address;
  }

  async broker(...flags: string[]): Promise<Running> {
    return this.start(
      "broker is ready",
      "broker",
      "--model",
      this.model,
      "--listen",
      await this.address(),
      "--http",
      "127.0.0.1:0",
      ...flags,
    );
  }

  async worker(...flags: string[]): Promise<Running> {
    return this.start(
      "worker is ready",
      "worker",
      "--handlers",
      this.#handlers,
      "--broker",
      await this.address(),
      ...flags,
    );
  }

  /** Broker and worker in one process. */
  async dev(...flags: string[]): Promise<Running> {
    return this.start(
      "worker is ready",
      "dev",
      "--model",
      this.model,
      "--handlers",
      this.#handlers,
      "--listen",
      await this.address(),
      "--http",
      "127.0.0.1:0",
      ...flags,
    );
  }

  async status(): Promise<Status> {
    return JSON.parse(await fetchStatus(await this.address()));
  }

  /** CPU seconds (user and system) of the processes so far, and resident MiB, in order of their start. Linux only. */
  async usage(): Promise<{ cpu: number; rss: number }[]> {
    return Promise.all(
      this.#running.map(async ({ pid }) => {
        const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
        return {
          cpu: (Number(fields[11]) + Number(fields[12])) / 100,
          rss: (Number(fields[21]) * 4096) / 2 ** 20,
        };
      }),
    );
  }

  /** The broker from its first moment on, with variables of its own. */
  async launchBroker(variables: NodeJS.ProcessEnv, ...flags: string[]): Promise<Running> {
    const listen = ["--listen", await this.address(), "--http", "127.0.0.1:0"];
    return this.#launch(["broker", "--model", this.model, ...listen, ...flags], variables);
  }

  async start(ready: string, command: string, ...flags: string[]): Promise<Running> {
    const running = this.#launch([command, ...flags]);
    await new Promise<void>((resolve, reject) => {
      const look = () => running.said().includes(ready) && resolve();
      running.child.stderr?.on("data", look);
      running.child.once("exit", (code) =>
        reject(new Error(`taskwire ${command} ended with ${code}:\n${running.said()}`)),
      );
    });
    return running;
  }

  #launch(args: readonly string[], variables: NodeJS.ProcessEnv = {}): Running {
    const running = run([...args, "--env", this.environment.name, "--data", this.data], {
      ...this.#extra,
      ...variables,
    });
    this.#running.push(running);
    for (const stream of [running.child.stdout, running.child.stderr]) {
      if (stream !== null) createInterface(stream).on("line", this.#heard);
    }
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.reverse()) await running.stop();
    rmSync(this.data, { recursive: true, force: true });
  }
}

/** Whatever a test that was given up left running. */
const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill("SIGKILL");
});

/** Starts a command of taskwire. */
export function run(args: readonly string[], extra: NodeJS.ProcessEnv = {}, cwd?: string, command = COMMAND): Running {
  const child = spawn(process.execPath, [command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...extra },
    ...(cwd === undefined ? {} : { cwd }),
  });
  started.add(child);
  child.once("exit", () => started.delete(child));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-200_000);
    });
  }
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const over = () => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    pid: child.pid ?? 0,
    said: () => said,
    ended: exited,
    async stop() {
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      if (!over()) child.kill("SIGTERM");
      await exited;
      clearTimeout(timer);
      return child.exitCode;
    },
    async kill() {
      if (!over()) child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Runs a command of taskwire to its end. */
export async function outcome(
  args: readonly string[],
  extra: NodeJS.ProcessEnv = {},
  cwd?: string,
): Promise<{ code: number | null; said: string }> {
  const running = run(args, extra, cwd);
  await new Promise<void>((resolve) => running.child.once("close", () => resolve()));
  return { code: running.child.exitCode, said: running.said() };
}

/** Looks until there is something to see. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  everyMs = 20,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await wait(everyMs);
  }
}

/** Whether there is a process of that id. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}
