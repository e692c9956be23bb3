import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentModel, TopicModel } from "taskwire/model";
import { silentLogger } from "#runtime/base/logger.js";
import { Jobs } from "#runtime/broker/jobs/jobs.js";
import { Plans } from "#runtime/broker/jobs/plans.js";
import type { IndexLimits } from "#runtime/broker/letters/index/limits.js";
import { Letters } from "#runtime/broker/letters/letters.js";
import { Resolver } from "#runtime/broker/letters/resolve/resolver.js";
import { sourcesOf } from "#runtime/broker/letters/sources.js";
import { letterVerbs } from "#runtime/broker/letters/verbs/verbs.js";
import { memoryLog } from "#runtime/log/memory/log.js";
import type { Log, LogRecord, ReadRecord } from "#runtime/log/port.js";
import { sqliteLog } from "#runtime/log/sqlite/log.js";
import type { JobDocument } from "#runtime/operations/documents/jobs.js";
import type { LetterList, LetterOutcomes } from "#runtime/operations/documents/letter.js";
import { WithActivation } from "#runtime/operations/verb.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { SkippingClock } from "../skipping-clock.js";
import { until } from "../waiting.js";

export const DEAD = "work-dlq";

const work: TopicModel = { name: "work", cluster: "main", partitions: 1, deadLetter: DEAD, retry: "work" };

interface Options {
  readonly kind?: "memory" | "sqlite";
  readonly limits?: IndexLimits;
  readonly topics?: readonly TopicModel[];
  readonly routes?: EnvironmentModel["routes"];
  /** Namespaces that the model declares. */
  readonly declared?: readonly string[];
  /** Path of the index; default: one of its own. */
  readonly file?: string;
  /** The topic may be compacted, as on Kafka. */
  readonly mayCompact?: boolean;
}

/** The verbs of dead letters over a log, without a broker. */
export class LettersHarness implements AsyncDisposable {
  readonly clock = new SkippingClock();
  readonly log: Log;
  readonly folder = mkdtempSync(join(tmpdir(), "taskwire-letters-"));
  readonly file: string;
  readonly jobs: Jobs;
  readonly letters: Letters;
  readonly #verbs: ReturnType<typeof letterVerbs>;
  readonly #ownLog: boolean;

  /** `log`: of another harness, which closes it. */
  constructor(options: Options = {}, log?: Log) {
    const { kind = "memory", limits, topics = [work], routes = [{ namespace: "*", topic: "work" }] } = options;
    const { clock } = this;
    const { file = join(this.folder, "default.letters.db") } = options;
    this.file = file;
    this.#ownLog = log === undefined;
    this.log =
      log ?? (kind === "memory" ? memoryLog({ clock }) : sqliteLog({ file: join(this.folder, "log.db"), clock }));
    const environment: EnvironmentModel = {
      name: "test",
      clusters: [
        options.mayCompact === true
          ? { name: "main", kind: "kafka", brokers: ["nowhere:1"], tls: false }
          : { name: "main", kind: "memory" },
      ],
      topics,
      routes,
      pools: [],
    };
    const read = new Map(topics.map((topic) => [topic.name, { log: this.log, topic }]));
    const sources = sourcesOf(environment, read.values());
    this.jobs = new Jobs(clock, silentLogger);
    this.letters = new Letters({ file, sources, clock, logger: silentLogger, limits });
    const declared = () => (options.declared === undefined ? undefined : new Set(options.declared));
    const logOf = async () => this.log;
    const resolver = new Resolver({ environment, topics: read, declared, logOf }, clock);
    this.#verbs = letterVerbs({ letters: this.letters, resolver, jobs: this.jobs, plans: new Plans(clock), clock });
  }

  /** Appends dead letters; resolves with their places. */
  async append(...records: readonly LogRecord[]): Promise<string[]> {
    const positions = await this.log.append(DEAD, records);
    return positions.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`);
  }

  async ask(name: VerbName, request: object = {}, actor = "ann"): Promise<object> {
    const verb = this.#verbs.find((one) => one.name === name);
    if (verb === undefined) throw new Error(`no verb ${name}`);
    // As they travel: what JSON does not carry is lost.
    const answer = await verb.run(JSON.parse(JSON.stringify(request)), { actor, signal: new AbortController().signal });
    return answer instanceof WithActivation ? answer : JSON.parse(JSON.stringify(answer));
  }

  /** The list when everything is read. */
  list(request: object = {}): Promise<LetterList> {
    return until(async () => {
      const list: LetterList = Object(await this.ask("ListLetters", request));
      return list.read === 1 ? list : undefined;
    });
  }

  async replay(request: object, actor?: string): Promise<LetterOutcomes> {
    return Object(await this.ask("ReplayLetters", request, actor));
  }

  async purge(request: object): Promise<LetterOutcomes> {
    return Object(await this.ask("PurgeLetters", request));
  }

  /** The end of a job that the request starts. */
  async job(name: VerbName, request: object): Promise<JobDocument> {
    const { plan } = Object(await this.ask(name, { ...request, dryRun: true }));
    return this.ended(name, { ...request, plan });
  }

  async ended(name: VerbName, request: object): Promise<JobDocument> {
    const waiting: { id: string; found: (job: JobDocument) => void }[] = [];
    const ended: JobDocument[] = [];
    const end = this.jobs.onEnd((job) => {
      ended.push(job);
      for (const { id, found } of waiting) if (id === job.id) found(job);
    });
    const { job } = Object(await this.ask(name, request));
    const known = ended.find(({ id }) => id === job.id);
    const result = known ?? (await new Promise<JobDocument>((found) => waiting.push({ id: job.id, found })));
    end();
    return result;
  }

  /** All records of a topic. */
  async records(topic: string): Promise<readonly ReadRecord[]> {
    const found: ReadRecord[] = [];
    for (const { partition, first, end } of await this.log.partitions(topic)) {
      for (let from = first; from < end; ) {
        const { records, next } = await this.log.browse(topic, partition, from, 1000);
        found.push(...records);
        from = next;
      }
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.jobs.close();
    await this.letters.close();
    if (this.#ownLog) await this.log.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
