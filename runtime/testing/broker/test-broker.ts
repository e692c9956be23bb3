import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ActivationHead } from "../../activation/activation.js";
import { decodeHead } from "../../activation/encoding/codec.js";
import type { Registry } from "../../activation/registry.js";
import type { TaskFacts } from "../../activation/task.js";
import { newId } from "../../base/ids.js";
import { silentLogger } from "../../base/logger.js";
import { type Broker, type Status, startBroker } from "../../broker/index.js";
import { LogClient } from "../../client/client.js";
import type { CalledTask } from "../../client/connect.js";
import { memoryLog } from "../../log/memory/log.js";
import type { LogRecord, Position } from "../../log/port.js";
import { topicOf } from "../../model/environment.js";
import type { EnvironmentModel } from "../../model/model.js";
import type { Outcome } from "../../wire/session.js";
import { startWorker, type Worker } from "../../worker/index.js";
import { pause, TestClock } from "../clock.js";
import { type DeadLetter, deadLetterOf } from "../dead-letter.js";
import { TestingError } from "../errors.js";
import { outcomeOf } from "../outcome.js";
import { type RecordedCall, stamp } from "../recording/call.js";
import { type StandIn, takeCalls } from "../recording/stand-in.js";
import { watchedRegistry } from "../watched-registry.js";
import { DEFAULT_LIMIT, type Drained, type DrainOptions, drained, limitError, type Run } from "./drain.js";
import { environmentFor, inMemory, readTopics } from "./environment.js";
import { MemoryJournal } from "./memory-journal.js";
import { WatchedLog } from "./watched-log.js";
import { watchedSessions } from "./watched-sessions.js";

export interface TestBrokerOptions {
  /** The result of `defineHandlers` or `defineSomeHandlers`. */
  readonly handlers: Registry;
  /** Its topics, routes and pools are used, always in memory. Default: one topic for all namespaces. */
  readonly environment?: EnvironmentModel;
  /** Default: a new one, stopped at the current time. */
  readonly clock?: TestClock;
  /** How many handlers run concurrently. Default 16. */
  readonly concurrency?: number;
}

/**
 * The production broker and worker in this process, with log and journal in memory: delivery, retries, delays, expiry,
 * limits and dead letters are the real ones. Until it is closed it receives every `.delay()` call of the process.
 */
export interface TestBroker extends AsyncDisposable {
  readonly clock: TestClock;
  readonly environment: EnvironmentModel;
  /** Ended runs, in the order they ended. */
  readonly runs: readonly Run[];
  readonly deadLetters: readonly DeadLetter[];
  /** Resolves when everything due has run and is settled. Delayed activations stay delayed. */
  settled(): Promise<void>;
  /**
   * Runs everything until nothing is left, including retries and delayed activations: the clock moves to each next time at
   * which something is due. Rejects with DrainError.
   */
  drain(options?: DrainOptions): Promise<Drained>;
  /** As `taskwire status --json` prints, one for each pool. */
  status(): Promise<readonly Status[]>;
  /** Interrupts running handlers by their signal. */
  close(): Promise<void>;
}

/** Throws TestingError `already_testing` while a recording or another test broker receives the calls. */
export async function startTestBroker(options: TestBrokerOptions): Promise<TestBroker> {
  const broker = new InProcessBroker(options);
  broker.takeCalls();
  return broker.start();
}

const CONCURRENCY = 16;

export class InProcessBroker implements TestBroker, StandIn {
  readonly name = "a test broker (startTestBroker)";
  readonly clock: TestClock;
  readonly environment: EnvironmentModel;
  readonly runs: Run[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly #handlers: Registry;
  readonly #concurrency: number;
  readonly #log: WatchedLog;
  readonly #topics: ReadonlySet<string>;
  readonly #brokers: Broker[] = [];
  #worker: Worker | undefined;
  /** What handlers returned or threw, by activation id. */
  readonly #ends = new Map<string, { readonly value?: unknown; readonly error?: unknown }>();
  /** Started runs by task. */
  readonly #started = new Map<string, number>();
  /** The times at which delayed records are due. */
  #due: number[] = [];
  #failure: { readonly error: unknown } | undefined;
  #giveCallsBack: () => void = () => {};
  #closing: Promise<void> | undefined;

  constructor({ handlers, environment, clock = new TestClock(), concurrency = CONCURRENCY }: TestBrokerOptions) {
    this.clock = clock;
    this.environment = environment === undefined ? environmentFor(handlers) : inMemory(environment);
    this.#handlers = handlers;
    this.#concurrency = concurrency;
    this.#topics = readTopics(this.environment);
    const partitions = Object.fromEntries(this.environment.topics.map((topic) => [topic.name, topic.partitions]));
    this.#log = new WatchedLog(memoryLog({ clock, partitions }), {
      appended: (topic, records) => this.#appended(topic, records),
    });
  }

  takeCalls(): void {
    this.#giveCallsBack = takeCalls(this);
  }

  async start(): Promise<this> {
    try {
      for (const { name } of this.environment.pools) this.#brokers.push(await this.#startBroker(name));
      const worker = await startWorker({
        registry: this.#watched(),
        sessions: this.#brokers.map(({ sessions }, index) => ({
          name: this.environment.pools[index]?.name ?? "",
          port: watchedSessions(sessions, (head, outcome) => this.#ended(head, outcome)),
        })),
        concurrency: this.#concurrency,
        isolation: "none",
        clock: this.clock,
        drainGrace: 0,
      });
      this.#worker = worker;
      while (worker.stats().sessions.some(({ connected }) => !connected)) await pause(1);
      return this;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  clientFor(task: CalledTask): LogClient {
    const append = (namespace: string, records: readonly LogRecord[]) => this.append(namespace, records);
    return new InProcessClient(this.environment, task, () => this.clock.now(), append);
  }

  append(namespace: string, records: readonly LogRecord[]): Promise<Position[]> {
    return this.#log.append(topicOf(this.environment, namespace).name, records);
  }

  /** Sends calls recorded earlier. */
  async take(calls: readonly RecordedCall[]): Promise<void> {
    for (const { spec, record } of calls) await this.append(spec.namespace, [record]);
  }

  async settled(): Promise<void> {
    await this.#settled(Number.POSITIVE_INFINITY);
  }

  async drain(options: DrainOptions = {}): Promise<Drained> {
    const { limit = DEFAULT_LIMIT } = options;
    const first = this.runs.length;
    const most = this.#startedRuns + limit;
    for (;;) {
      if (!(await this.#settled(most))) throw limitError(limit, this.#started);
      const next = Math.min(...this.#due.filter((due) => due > this.clock.now()));
      const delayed = (await this.status()).reduce((sum, { counts }) => sum + counts.delayed, 0);
      if (delayed === 0 || next === Number.POSITIVE_INFINITY) return drained(this.runs.slice(first), options);
      this.clock.moveTo(next);
    }
  }

  status(): Promise<readonly Status[]> {
    return Promise.all(this.#brokers.map((broker) => broker.status()));
  }

  close(): Promise<void> {
    this.#giveCallsBack();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#worker?.stop();
    await Promise.all(this.#brokers.map((broker) => broker.stop()));
  }

  get #startedRuns(): number {
    return [...this.#started.values()].reduce((sum, count) => sum + count, 0);
  }

  async #startBroker(pool: string): Promise<Broker> {
    const broker = await startBroker({
      environment: this.environment,
      pool,
      // Required, and never written to.
      dataFolder: join(tmpdir(), `taskwire-in-process-${newId()}`),
      raw: this.#rawTopics(),
      logger: silentLogger,
      clock: this.clock,
      openLog: async () => this.#log,
      openJournal: async (file) => new MemoryJournal(file),
    });
    broker.ended.catch((error: unknown) => {
      this.#failure ??= { error };
    });
    return broker;
  }

  #rawTopics(): ReadonlyMap<string, TaskFacts> {
    const found = new Map<string, TaskFacts>();
    for (const { facts } of this.#handlers.tasks.values()) {
      const topic = this.environment.topics.find(({ raw }) => raw === facts.namespace);
      if (facts.raw === true && topic !== undefined) found.set(topic.name, facts);
    }
    return found;
  }

  #watched(): Registry {
    return watchedRegistry(this.#handlers, {
      starting: (_task, { facts }) => {
        this.#started.set(facts.key, (this.#started.get(facts.key) ?? 0) + 1);
      },
      returned: (task, value) => void this.#ends.set(task.id, { value }),
      threw: (task, error) => void this.#ends.set(task.id, { error }),
    });
  }

  #ended({ id, task, retry }: ActivationHead, outcome: Outcome): void {
    const facts = this.#handlers.tasks.get(task)?.facts;
    if (facts === undefined) return;
    const { value, error } = this.#ends.get(id) ?? {};
    this.#ends.delete(id);
    this.runs.push({ ...outcomeOf(outcome, facts, value, error), id, task: facts.key, attempt: retry.attempts + 1 });
  }

  #appended(topic: string, records: readonly LogRecord[]): void {
    const declared = this.environment.topics.find(({ name, deadLetter }) => name === topic || deadLetter === topic);
    if (declared?.deadLetter === topic) this.deadLetters.push(...records.map((record) => deadLetterOf(topic, record)));
    else if (declared?.raw === undefined) {
      for (const { value } of records) {
        const { receivedAt, delay } = decodeHead(value);
        if (delay !== undefined) this.#due.push(receivedAt + delay * 1000);
      }
    }
  }

  /** False when more than `most` runs were started before everything was settled. */
  async #settled(most: number): Promise<boolean> {
    // While work passes between two pools, each may look idle once; not twice in a row.
    for (let idle = 0; idle < 2; ) {
      if (this.#closing !== undefined) throw new TestingError("closed", "the test broker is closed");
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#startedRuns > most) return false;
      idle = (await this.#isIdle()) ? idle + 1 : 0;
      await pause(idle === 0 ? 1 : 0);
    }
    return true;
  }

  async #isIdle(): Promise<boolean> {
    const now = this.clock.now();
    this.#due = this.#due.filter((due) => due > now);
    const statuses = await this.status();
    const delayed = statuses.reduce((sum, { counts }) => sum + counts.delayed, 0);
    return (
      delayed <= this.#due.length &&
      statuses.every(({ counts, unclaimed }) => {
        const waiting = unclaimed.reduce((sum, { pending }) => sum + pending, 0);
        return counts.pending === waiting && counts.processing + counts.retry + counts.failure === 0;
      }) &&
      this.#log.isTakenIn(this.#topics)
    );
  }
}

class InProcessClient extends LogClient {
  readonly #task: CalledTask;
  readonly #append: (namespace: string, records: readonly LogRecord[]) => Promise<Position[]>;
  readonly #now: () => number;

  constructor(
    environment: EnvironmentModel,
    task: CalledTask,
    now: () => number,
    append: (namespace: string, records: readonly LogRecord[]) => Promise<Position[]>,
  ) {
    super(environment);
    this.#task = task;
    this.#now = now;
    this.#append = append;
  }

  override append(namespace: string, records: readonly LogRecord[]): Promise<Position[]> {
    const at = this.#now();
    return this.#append(
      namespace,
      records.map((record) => stamp(this.#task, record, at)),
    );
  }
}
