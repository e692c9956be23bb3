import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import type { Registry } from "taskwire/generated";
import type { Activation } from "#runtime/activation/activation.js";
import { withinRun } from "#runtime/activation/current-run.js";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { askRetry, type TaskRun } from "#runtime/activation/run.js";
import { RunScope } from "#runtime/activation/run-scope.js";
import { silentLogger } from "#runtime/base/logger.js";
import { openLog } from "#runtime/log/open.js";
import type { Log, LogReader } from "#runtime/log/port.js";
import handlers from "../../../examples/handlers.js";
import { COUNTED_UNTIL } from "../../../examples/sampling/flights.js";
import { closeProcessPorts, STORE_VARIABLE } from "../../../examples/sampling/process-ports.js";
import { SamplingDatabase } from "../../../examples/sampling/sqlite/database.js";
import { WEBHOOK_VARIABLE } from "../../../examples/webhook.js";
import { environments } from "../../../generated/environments.js";
import { dynamicSampling } from "../../../generated/index.js";

/** The example application without broker and worker: producers append to a log in memory, the test runs what it reads there. */
export class Application implements AsyncDisposable {
  readonly database: SamplingDatabase;
  readonly #registry: Registry;
  readonly #folder: string;
  readonly #client: Client;
  readonly #log: Log;
  readonly #reader: LogReader;
  readonly #read: AsyncIterator<Activation>;

  /** `registry`: the handlers; by default those of the example. */
  static async start(registry: Registry = handlers): Promise<Application> {
    const folder = mkdtempSync(join(tmpdir(), "taskwire-examples-"));
    const cluster = { name: "local", kind: "memory" } as const;
    const client = await connect({ ...environments.local, clusters: [cluster] }, { dataFolder: folder });
    return new Application(registry, folder, client, await openLog(cluster, folder, client.environment.name));
  }

  private constructor(registry: Registry, folder: string, client: Client, log: Log) {
    this.#registry = registry;
    this.#folder = folder;
    this.#client = client;
    this.#log = log;
    this.#reader = log.read(["kafka-tasks"], { group: "test", journal: "test" });
    this.#read = activations(this.#reader);
    this.database = new SamplingDatabase(join(folder, "sampling.db"), { volumesUntil: () => COUNTED_UNTIL });
    process.env[STORE_VARIABLE] = this.database.path;
  }

  /** Where webhooks go from now on. */
  set webhook(url: string) {
    process.env[WEBHOOK_VARIABLE] = url;
  }

  /** The next appended activation. */
  async next(): Promise<Activation> {
    const { value, done } = await this.#read.next();
    if (done === true) throw new Error("the log has ended");
    return value;
  }

  async take(count: number): Promise<Activation[]> {
    const taken: Activation[] = [];
    while (taken.length < count) taken.push(await this.next());
    return taken;
  }

  /** What was appended and not taken yet. */
  async waiting(): Promise<Activation[]> {
    // It comes behind everything that was appended so far.
    const { id } = await dynamicSampling.slidingWindowOrg.delay();
    const taken: Activation[] = [];
    for (let next = await this.next(); next.id !== id; next = await this.next()) taken.push(next);
    return taken;
  }

  /** Runs everything that was appended, and what that appends, until nothing is left. Gives what ran. */
  async drain(): Promise<Activation[]> {
    const ran: Activation[] = [];
    for (;;) {
      const waiting = await this.waiting();
      if (waiting.length === 0) return ran;
      for (const activation of waiting) await this.run(activation);
      ran.push(...waiting);
    }
  }

  /** Runs the handler of an activation as a worker does: read parameters, call, wait for its `.delay()` calls. */
  async run(activation: Activation, signal: AbortSignal = new AbortController().signal): Promise<void> {
    const registration = this.#registry.tasks.get(activation.task);
    if (registration === undefined) throw new Error(`no handler for ${activation.task}`);
    const { headers, parameters } = activation;
    const start = await registration.prepare({ bytes: parameters, compressed: headers.has("compression-type") });
    const task = taskRun(activation, signal);
    const scope = new RunScope(task);
    await withinRun(scope, async () => start(task));
    await scope.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close();
    await this.#log.close();
    await this.#client.close();
    closeProcessPorts();
    this.database.close();
    delete process.env[STORE_VARIABLE];
    delete process.env[WEBHOOK_VARIABLE];
    rmSync(this.#folder, { recursive: true });
  }
}

async function* activations(reader: LogReader): AsyncGenerator<Activation> {
  for await (const event of reader) {
    if (event.kind === "batch") yield* event.records.map(({ value }) => decodeActivation(value));
  }
}

function taskRun({ id, task, namespace, retry, headers }: Activation, signal: AbortSignal): TaskRun {
  const run: TaskRun = {
    id,
    root: id,
    name: task,
    namespace,
    attempt: retry.attempts + 1,
    lost: 0,
    retriesRemaining: Math.max(0, retry.maxAttempts - retry.attempts - 1),
    deadline: new Date(Date.now() + 60_000),
    signal,
    headers,
    log: silentLogger,
    retry: (request) => askRetry(run, request),
  };
  return run;
}
