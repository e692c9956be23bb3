import { type ChildProcess, spawn } from "node:child_process";
import type { EnvironmentModel } from "taskwire/model";
import { check, type Evidence, type Verdict } from "../contract/contract.js";
import { FOLDER_VARIABLE, History, type Killed } from "../contract/history.js";
import type { Running } from "../processes/command.js";
import { childrenOf } from "../processes/operating-system.js";
import { readDeadLetters } from "../topic.js";
import { limited, until } from "../waiting.js";
import { ProcessHarness } from "./process-harness.js";

const FAILPOINT_VARIABLE = "TASKWIRE_FAILPOINT";

/** A broker has to answer again within this after its start, on a machine that has a processor for it. */
const SERVING_MS = 5000;
/** After the last fault everything ends within this: claims of lost workers come back after 10 s. */
const SETTLED_MS = 40_000;
/** An activation without an end is lost when nothing has been in flight for this time. */
const QUIET_MS = 2000;

/** A producer program that runs. */
interface Producing {
  /** Resolves with the signal that killed it, undefined when it came to its end; rejects when it failed. */
  readonly ended: Promise<NodeJS.Signals | undefined>;
  /** Lets it finish what it is at. */
  stop(): Promise<void>;
}

/** Broker, workers and producers as real processes on the embedded log, and all that is known of them from outside. */
export class FaultHarness implements AsyncDisposable {
  readonly processes: ProcessHarness;
  readonly history: History;
  readonly #variables: NodeJS.ProcessEnv = {};
  readonly #discards = new Map<string, string>();
  readonly #producers: ChildProcess[] = [];

  constructor(environment: EnvironmentModel, handlers: string) {
    this.processes = new ProcessHarness(environment, handlers, this.#variables, [], (line) => this.#onLine(line));
    this.#variables[FOLDER_VARIABLE] = this.processes.data;
    this.history = new History(this.processes.data);
  }

  /** The broker; `failpoint` as in TASKWIRE_FAILPOINT. */
  broker(failpoint = ""): Promise<Running> {
    return this.processes.launchBroker({ [FAILPOINT_VARIABLE]: failpoint });
  }

  /** Starts the broker; resolves when its status answers. Rejects when that takes longer than 5 s (see crowding). */
  async serving(): Promise<Running> {
    const broker = await this.broker();
    await this.answering(broker);
    return broker;
  }

  /** Resolves when the status of the broker, which was just started, answers; rejects as `serving`. */
  async answering(broker: Running): Promise<void> {
    const answered = until(
      () =>
        this.processes.status().then(
          () => true,
          () => false,
        ),
      50,
    );
    const ended = broker.ended.then((): never => {
      throw new Error(`the broker ended:\n${broker.said()}`);
    });
    await limited(SERVING_MS, "the broker to answer after its start", Promise.race([answered, ended]), broker.said);
  }

  worker(...flags: string[]): Promise<Running> {
    return this.processes.worker(...flags);
  }

  /** Starts a producer program. */
  producer(program: string, args: readonly string[], failpoint = ""): Producing {
    const child = spawn(process.execPath, [program, this.processes.data, ...args], {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, [FAILPOINT_VARIABLE]: failpoint },
    });
    this.#producers.push(child);
    const ended = new Promise<NodeJS.Signals | undefined>((resolve, reject) => {
      child.once("close", (code, signal) => {
        if (signal === "SIGKILL") this.killed("producer", child.pid ?? 0);
        if (code !== null && code !== 0) reject(new Error(`the producer ended with ${code}`));
        else resolve(signal ?? undefined);
      });
    });
    return {
      ended,
      stop: async () => {
        child.kill("SIGTERM");
        await ended;
      },
    };
  }

  killed(who: Killed["who"], pid: number): void {
    this.history.add({ what: "killed", who, pid });
  }

  /** kill -9 of a worker's child, as soon as there is one: a worker that has just started has none yet. */
  async killChild(worker: Running): Promise<void> {
    await until(() => childrenOf(worker.pid).length > 0, 5);
    const [pid] = childrenOf(worker.pid);
    if (pid === undefined) throw new Error("the worker's child ended by itself");
    process.kill(pid, "SIGKILL");
    this.killed("child", pid);
  }

  /** kill -9 of the broker, which is started again. */
  async killBroker(broker: Running): Promise<Running> {
    await broker.kill();
    this.killed("broker", broker.pid);
    return this.serving();
  }

  /** kill -9 of a worker's supervisor; its children end with it. */
  async killWorker(worker: Running): Promise<void> {
    for (const child of childrenOf(worker.pid)) this.killed("child", child);
    await worker.kill();
    this.killed("supervisor", worker.pid);
  }

  /**
   * Waits until everything that was accepted has an end and nothing is in flight, or until nothing is in flight for a
   * while; what is found then is the verdict.
   */
  async settled(): Promise<Verdict> {
    let quietSince: number | undefined;
    let last = "";
    const settled = until(async () => {
      const status = await this.processes.status();
      last = JSON.stringify(status);
      const quiet =
        Object.values(status.counts).every((count) => count === 0) &&
        // A broker that has just started reads none yet.
        status.topics.length > 0 &&
        status.topics.every(({ lag }) => lag === 0);
      if (!quiet) {
        quietSince = undefined;
        return undefined;
      }
      quietSince ??= performance.now();
      const verdict = await this.verdict();
      return verdict.lost.length === 0 || performance.now() - quietSince > QUIET_MS ? verdict : undefined;
    }, 100);
    return limited(SETTLED_MS, "everything to come to its end", settled, () => last);
  }

  async verdict(explains?: Evidence["explains"]): Promise<Verdict> {
    const deadLetters = await readDeadLetters(this.processes);
    return check({ history: this.history.read(), deadLetters, discards: this.#discards, explains });
  }

  #onLine(line: string): void {
    if (!line.includes('"discarded"') && !line.includes('"expired"')) return;
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null || !("id" in said) || !("message" in said)) return;
    const rule = "reason" in said ? said.reason : said.message;
    if (said.message === "discarded" || said.message === "expired") this.#discards.set(String(said.id), String(rule));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const producer of this.#producers) if (producer.exitCode === null) producer.kill("SIGKILL");
    await this.processes[Symbol.asyncDispose]();
  }
}
