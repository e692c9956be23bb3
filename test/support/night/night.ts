import type { State } from "#runtime/activation/states.js";
import type { Status } from "#runtime/broker/index.js";
import { fetchStatus } from "#runtime/cli/look.js";
import type { Running } from "../processes/command.js";
import { freePort } from "../processes/operating-system.js";
import { Processes } from "../processes/processes.js";
import { until } from "../waiting.js";
import type { NightProject } from "./project.js";

/** Where a night happens. */
interface Site {
  readonly project: NightProject;
  /** Of the schema. */
  readonly environment: string;
  /** Data folder of each broker; producers of an embedded log use the first one. */
  readonly folders: readonly string[];
  readonly variables: NodeJS.ProcessEnv;
}

/** What a command printed as JSON, and its exit code. */
interface Answer<T> {
  readonly code: number | null;
  readonly document: T;
  readonly err: string;
}

/** Brokers, workers and an operator as processes; dispose ends them by their own ids. */
export class Night implements AsyncDisposable {
  readonly #site: Site;
  readonly #processes: Processes;
  readonly #addresses: string[] = [];
  readonly #brokers: (Running | undefined)[] = [];

  private constructor(site: Site) {
    this.#site = site;
    const { project, environment, variables } = site;
    this.#processes = new Processes({ ...variables, TASKWIRE_ENV: environment }, project.folder);
  }

  /** Starts the brokers. */
  static async begin(site: Site): Promise<Night> {
    const night = new Night(site);
    for (const [at] of site.folders.entries()) {
      night.#addresses.push(`127.0.0.1:${await freePort()}`);
      await night.startBroker(at);
    }
    return night;
  }

  async startBroker(at: number): Promise<void> {
    const [address = "", folder = ""] = [this.#addresses[at], this.#site.folders[at]];
    const flags = ["--listen", address, "--http", "127.0.0.1:0", "--data", folder];
    this.#brokers[at] = await this.#processes.start("broker is ready", ["broker", ...flags]);
  }

  /** kill -9, and a new start. */
  async killBroker(at: number): Promise<void> {
    await this.#brokers[at]?.kill();
    await this.startBroker(at);
  }

  /** A worker of every broker; its runs carry the name. */
  startWorker(name: string): Promise<Running> {
    const flags = ["--handlers", "dist/src/handlers.js", "--broker", this.#addresses.join(","), "--concurrency", "8"];
    return this.#processes.start("worker is ready", ["worker", ...flags], { NIGHT_WORKER: name });
  }

  produce(...what: readonly string[]): Promise<readonly string[]> {
    const { project, environment, folders, variables } = this.#site;
    return project.produce({ ...variables, TASKWIRE_ENV: environment, TASKWIRE_DATA: folders[0] ?? "" }, ...what);
  }

  /** Runs a command of an operator. Its answer must be JSON, one document or one a line. */
  async ask<T>(...args: readonly string[]): Promise<Answer<T>> {
    const { code, out, err } = await this.#processes.ended([...args, "--broker", this.#addresses.join(","), "--json"]);
    if (out.trim() === "") throw new Error(`taskwire ${args.join(" ")} printed nothing (exit ${code}): ${err}`);
    // Changes print a document for each broker; the first one stands for all.
    const [first = ""] = out.split("\n");
    return { code, document: JSON.parse(first), err };
  }

  /** All entries of a list. */
  async list<T>(...args: readonly string[]): Promise<readonly T[]> {
    const flags = [...args, "--all", "--broker", this.#addresses.join(","), "--json"];
    const { code, out, err } = await this.#processes.ended(flags);
    if (code !== 0 && code !== 3) throw new Error(`taskwire ${flags.join(" ")} ended with ${code}: ${err}`);
    return out
      .split("\n")
      .filter((line) => line !== "")
      .map((line): T => JSON.parse(line));
  }

  /** The status of each broker. */
  statuses(): Promise<readonly Status[]> {
    return Promise.all(this.#addresses.map(async (address): Promise<Status> => JSON.parse(await fetchStatus(address))));
  }

  /** How many activations all brokers have in these states together. */
  async inFlight(...states: readonly State[]): Promise<number> {
    const statuses = await this.statuses();
    return statuses.flatMap(({ counts }) => states.map((state) => counts[state])).reduce((sum, n) => sum + n, 0);
  }

  /** Waits until nothing is in flight, and nothing is unread. */
  async quiet(): Promise<void> {
    await until(async () => {
      const statuses = await this.statuses();
      return statuses.every(
        ({ counts, topics }) =>
          Object.values(counts).every((count) => count === 0) && topics.every(({ lag }) => lag === 0),
      );
    }, 250);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes[Symbol.asyncDispose]();
  }
}
