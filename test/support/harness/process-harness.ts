import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { EnvironmentModel, NamespaceModel } from "taskwire/model";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/look.js";
import { type Running, run } from "../processes/command.js";
import { freePort } from "../processes/operating-system.js";

/** A fresh data folder and the processes that work on it; dispose ends them by their own ids. */
export class ProcessHarness implements AsyncDisposable {
  readonly data = mkdtempSync(join(tmpdir(), "taskwire-test-"));
  readonly environment: EnvironmentModel;
  readonly model: string;
  readonly #handlers: string;
  readonly #extra: NodeJS.ProcessEnv;
  readonly #onLine: (line: string) => void;
  readonly #running: Running[] = [];
  #address = "";

  /**
   * `extra`: variables of its processes, read at each start. `namespaces`: what brokers know of them; only raw ones need
   * it. `onLine`: called with every line of their output.
   */
  constructor(
    environment: EnvironmentModel,
    handlers: string,
    extra: NodeJS.ProcessEnv = {},
    namespaces: readonly NamespaceModel[] = [],
    onLine: (line: string) => void = () => {},
  ) {
    this.environment = environment;
    this.#handlers = handlers;
    this.#extra = extra;
    this.#onLine = onLine;
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

  /** HOST:PORT of the broker; the same for every broker of this harness. */
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
      if (stream !== null) createInterface(stream).on("line", this.#onLine);
    }
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running.reverse()) await running.stop();
    rmSync(this.data, { recursive: true, force: true });
  }
}
