import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Client, connect } from "taskwire";
import type { EnvironmentModel, PoolModel } from "taskwire/model";
import { kafkaLog } from "#runtime/log/kafka/log.js";
import type { ReadRecord } from "#runtime/log/port.js";
import { ProcessHarness } from "../support/harness/process-harness.js";
import type { KafkaServer } from "../support/kafka/kafka-server.js";
import { outcome } from "../support/processes/command.js";
import { freePort } from "../support/processes/operating-system.js";
import { until } from "../support/waiting.js";
import { environments } from "./generated/environments.js";
import { NOTES_VARIABLE, type Note, notes } from "./notes.js";
import { PythonProgram } from "./python.js";

const APPLICATION = fileURLToPath(new URL("application.py", import.meta.url));
const HANDLERS = join(import.meta.dirname, "../../dist/test/interop/handlers.js");
const KAFKA_VARIABLE = "TASKWIRE_INTEROP_KAFKA";

/** What the Python program says of one activation that it has sent. */
interface SentByPython {
  readonly id: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the parameters as they travel. */
  readonly parameters: number;
}

/** A value as application.py receives it; objects with one key may be tags, see `value_of` there. */
interface Call {
  readonly args?: readonly unknown[];
  readonly kwargs?: Readonly<Record<string, unknown>>;
  readonly options?: {
    readonly headers?: Readonly<Record<string, unknown>>;
    readonly expires?: number;
    readonly countdown?: number;
  };
}

/** A worker or scheduler in Python; it ends with its children. */
export interface PythonProcess {
  said(): string;
  stop(): Promise<void>;
  /** kill -9 for it and its children. */
  kill(): Promise<void>;
}

/** Both applications on topics of their own at one Kafka, with a broker of ours between them. */
export class InteropHarness implements AsyncDisposable {
  readonly processes: ProcessHarness;
  readonly environment: EnvironmentModel;
  readonly client: Client;
  /** Variables of every process of the harness, read at each start. */
  readonly variables: NodeJS.ProcessEnv;
  /** Where the broker pushes the activations of `py`, if it does. */
  readonly pushPort: number | undefined;
  readonly #python: string;
  readonly #ending: (() => Promise<void>)[] = [];

  private constructor(
    python: string,
    processes: ProcessHarness,
    client: Client,
    variables: NodeJS.ProcessEnv,
    pushPort: number | undefined,
  ) {
    this.#python = python;
    this.processes = processes;
    this.environment = client.environment;
    this.client = client;
    this.variables = variables;
    this.pushPort = pushPort;
  }

  /**
   * Creates the topics and connects this process as the producer. Their names begin with `name`; an empty one leaves
   * them as the schema says, which handlers need that send on by themselves.
   */
  static async start(
    python: string,
    kafka: KafkaServer,
    name: string,
    { push = false }: { readonly push?: boolean } = {},
  ): Promise<InteropHarness> {
    const pushPort = push ? await freePort() : undefined;
    const environment = environmentOf(name, pushPort);
    const variables: NodeJS.ProcessEnv = { [KAFKA_VARIABLE]: kafka.address() };
    const processes = new ProcessHarness(environment, HANDLERS, variables);
    variables[NOTES_VARIABLE] = join(processes.data, "notes");
    variables.TASKWIRE_INTEROP_TOPICS = JSON.stringify({
      pictures: topicOf(environment, "pictures"),
      "node:things": topicOf(environment, "things"),
    });
    const created = await outcome(
      ["topics", "--model", processes.model, "--env", environment.name, "--create"],
      variables,
    );
    if (created.code !== 0) throw new Error(created.said);
    // The client of this process reads it when it connects.
    process.env[KAFKA_VARIABLE] = kafka.address();
    return new InteropHarness(python, processes, await connect(environment), variables, pushPort);
  }

  /** The Python producer. It ends with the harness. */
  producer(): PythonProducer {
    const program = new PythonProgram(this.#python, [APPLICATION, "produce"], this.#environment());
    this.#ending.push(() => program[Symbol.asyncDispose]());
    return new PythonProducer(program);
  }

  /** A Python scheduler; whatever it is asked, it starts what is due and answers how often each key was granted so far. */
  scheduler(): PythonProgram {
    const program = new PythonProgram(this.#python, [APPLICATION, "schedule"], this.#environment());
    this.#ending.push(() => program[Symbol.asyncDispose]());
    return program;
  }

  async pullWorker(): Promise<PythonProcess> {
    return this.#start("pull", await this.processes.address());
  }

  async pushWorker(): Promise<PythonProcess> {
    return this.#start("push", String(this.pushPort), await this.processes.address());
  }

  /** What ran so far, by wire name and in order of its start. */
  notes(task?: string): Note[] {
    const all = notes(this.variables[NOTES_VARIABLE] ?? "");
    return task === undefined ? all : all.filter((note) => note.task === task);
  }

  /** Waits until so many activations have ended in each way. */
  async ended(expected: Readonly<Record<string, number>>): Promise<void> {
    await until(async () => {
      const ended: Readonly<Record<string, number>> = { ...(await this.processes.status()).ended };
      return Object.entries(expected).every(([how, count]) => (ended[how] ?? 0) >= count);
    });
  }

  /** The dead letters of a namespace, when there are so many. */
  async deadLetters(namespace: string, count: number): Promise<ReadRecord[]> {
    const [cluster] = this.environment.clusters;
    if (cluster?.kind !== "kafka") throw new Error("a Kafka cluster is expected");
    const log = kafkaLog({ cluster: { ...cluster, brokers: [this.variables[KAFKA_VARIABLE] ?? ""] }, environment: "" });
    const reader = log.read([`${topicOf(this.environment, namespace)}-dlq`], {
      group: `letters ${Math.random()}`,
      journal: "test",
    });
    const found: ReadRecord[] = [];
    for await (const event of reader) {
      if (event.kind === "batch") found.push(...event.records);
      if (found.length >= count) break;
    }
    await reader.close();
    await log.close();
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ending.splice(0).reverse()) await end();
    await this.client.close();
    await this.processes[Symbol.asyncDispose]();
  }

  #environment(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.variables };
  }

  #start(...args: readonly string[]): PythonProcess {
    // A group of its own: its children do not end when it is killed.
    const child = spawn(this.#python, [APPLICATION, ...args], {
      env: this.#environment(),
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    let said = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (bytes: Buffer) => {
        said = (said + bytes.toString()).slice(-20_000);
      });
    }
    const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const killed = async () => {
      try {
        process.kill(-(child.pid ?? 0), "SIGKILL");
      } catch {
        // Nobody of the group is left.
      }
      await exited;
    };
    const running: PythonProcess = {
      said: () => said,
      kill: killed,
      async stop() {
        child.kill("SIGTERM");
        await exited;
        await killed();
      },
    };
    this.#ending.push(killed);
    return running;
  }
}

/** Sends by taskbroker-client and its Kafka producer. */
class PythonProducer {
  readonly #program: PythonProgram;

  constructor(program: PythonProgram) {
    this.#program = program;
  }

  /** To a task of TypeScript, `things.<task>`. Resolves when Kafka has it. */
  async send(task: string, call: Call = {}): Promise<SentByPython> {
    return sentOf(await this.#program.ask({ send: task, ...call }));
  }

  /** To a task of its own, by wire name. */
  async sendOwn(task: string, call: Call = {}): Promise<SentByPython> {
    return sentOf(await this.#program.ask({ own: task, ...call }));
  }

  /** Code and details of one fetch that is signed by the first of these secrets, a JSON list; null: unsigned. */
  async fetch(address: string, secrets: string | null): Promise<unknown> {
    return this.#program.ask({ fetch: address, secrets });
  }
}

function sentOf(answer: unknown): SentByPython {
  const { id, headers, parameters }: Partial<SentByPython> = { ...Object(answer) };
  if (id === undefined || headers === undefined || parameters === undefined) {
    throw new Error(`the Python program answered ${JSON.stringify(answer)}`);
  }
  return { id, headers, parameters };
}

/** The environment of the schema with topics that no other harness reads. */
function environmentOf(name: string, pushPort: number | undefined): EnvironmentModel {
  const { kafka } = environments;
  const renamed = (topic: string) => (name === "" ? topic : `${name}-${topic}`);
  const push: PoolModel["push"] = [{ application: "py", addresses: [`127.0.0.1:${pushPort}`] }];
  return {
    ...kafka,
    topics: kafka.topics.map((topic) => ({
      ...topic,
      name: renamed(topic.name),
      deadLetter: renamed(topic.deadLetter),
      retry: renamed(topic.retry),
    })),
    routes: kafka.routes.map((route) => ({ ...route, topic: renamed(route.topic) })),
    pools: kafka.pools.map((pool) => ({
      ...pool,
      topics: pool.topics.map(renamed),
      group: renamed(pool.group),
      ...(pushPort === undefined ? {} : { push }),
    })),
  };
}

function topicOf({ routes }: EnvironmentModel, namespace: string): string {
  return routes.find((route) => route.namespace === namespace)?.topic ?? "";
}
