import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connect } from "taskwire";
import type { Activation } from "#runtime/activation/activation.js";
import { decodeActivation } from "#runtime/activation/codec.js";
import { RunScope, type TaskRun, withinRun } from "#runtime/activation/run.js";
import type { LogReader } from "#runtime/log/port.js";
import handlers from "../../../examples/handlers.js";
import { closeProcessStore, STORE_VARIABLE } from "../../../examples/sampling/process-store.js";
import { SqliteStore } from "../../../examples/sampling/sqlite-store.js";
import { WEBHOOK_VARIABLE } from "../../../examples/webhook.js";
import { environments } from "../../../generated/environments.js";

/** The example application without broker and worker: producers append to a log in memory, the test runs what it reads there. */
export class Application implements AsyncDisposable {
  readonly store: SqliteStore;
  readonly #folder: string;
  readonly #client: Client;
  readonly #reader: LogReader;
  readonly #read: AsyncIterator<Activation>;

  static async start(): Promise<Application> {
    const folder = mkdtempSync(join(tmpdir(), "taskwire-examples-"));
    const cluster = { name: "local", kind: "memory" } as const;
    const client = await connect({ ...environments.local, clusters: [cluster] }, { dataFolder: folder });
    const log = await client.log(cluster);
    return new Application(folder, client, log.read(["kafka-tasks"], { group: "test", journal: "test" }));
  }

  private constructor(folder: string, client: Client, reader: LogReader) {
    this.#folder = folder;
    this.#client = client;
    this.#reader = reader;
    this.#read = activations(reader);
    this.store = new SqliteStore(join(folder, "sampling.db"));
    process.env[STORE_VARIABLE] = this.store.path;
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

  /** Runs the handler of an activation as a worker does: read parameters, call, wait for its `.delay()` calls. */
  async run(activation: Activation): Promise<void> {
    const registration = handlers.tasks.get(activation.task);
    if (registration === undefined) throw new Error(`no handler for ${activation.task}`);
    const { headers, parameters } = activation;
    const start = await registration.prepare({ bytes: parameters, compressed: headers.has("compression-type") });
    const task = taskRun(activation);
    const scope = new RunScope(task);
    await withinRun(scope, async () => start(task));
    await scope.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.close();
    await this.#client.close();
    closeProcessStore();
    this.store.close();
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

function taskRun({ id, task, namespace, retry, headers }: Activation): TaskRun {
  return {
    id,
    name: task,
    namespace,
    attempt: retry.attempts + 1,
    retriesRemaining: Math.max(0, retry.maxAttempts - retry.attempts - 1),
    deadline: new Date(Date.now() + 60_000),
    signal: new AbortController().signal,
    headers,
  };
}
