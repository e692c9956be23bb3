import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import { newId } from "../../base/ids.js";
import type { Logger } from "../../base/logger.js";
import type { JobDocument } from "../../operations/documents/jobs.js";
import { OperationError } from "../../operations/errors.js";
import { Job, type JobFacts, type JobHandle } from "./job.js";

const MOST_RUNNING = 2;
/** Jobs kept, running ones included, and how long one is kept after its end. */
const MOST_KEPT = 16;
const KEPT_MS = 3_600_000;

/**
 * Bulk work of this broker, in memory: a restart ends it, what it did stays done, and starting it again is safe. Work runs
 * in slices between the broker's other work; that is the slices' business.
 */
export class Jobs {
  readonly #clock: Clock;
  readonly #logger: Logger;
  /** In order of their start. */
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<Job, Promise<void>>();
  readonly #listeners = new Set<(job: JobDocument) => void>();
  #closed = false;

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Starts the work and returns the job at once. `run` resolves when all is done and durable, or the signal has aborted; what
   * it throws makes the job failed. Throws OperationError `jobs_busy` when two are running, `broker_stops` after close().
   */
  start(facts: JobFacts, run: (job: JobHandle) => Promise<void>): JobDocument {
    if (this.#closed) throw new OperationError("unavailable", "broker_stops", "the broker is stopping");
    if (this.#running.size >= MOST_RUNNING) {
      const names = [...this.#running.keys()].map(({ id }) => id).join(" and ");
      throw new OperationError(
        "too_many",
        "jobs_busy",
        `${MOST_RUNNING} jobs are running (${names}), which is the most; wait for one, or cancel one with \`taskwire jobs cancel\``,
      );
    }
    const job = new Job(newId().slice(0, 12), facts, this.#clock.wall());
    this.#jobs.set(job.id, job);
    this.#forget();
    this.#running.set(job, this.#run(job, run));
    return job.document();
  }

  /** The newest first. */
  list(): JobDocument[] {
    this.#forget();
    return [...this.#jobs.values()].reverse().map((job) => job.document());
  }

  /** Asks a job to end after its present slice. One that has ended stays as it is. Throws OperationError `unknown_job`. */
  cancel(id: string, actor: string): JobDocument {
    this.#forget();
    const job = this.#jobs.get(id);
    if (job === undefined)
      throw new OperationError(
        "not_found",
        "unknown_job",
        `no job ${id.slice(0, 64)} here; \`taskwire jobs list\` names those of the last hour`,
        { field: "id" },
      );
    job.cancel(`cancelled by ${actor === "" ? "somebody" : actor}`);
    return job.document();
  }

  /** `listener` is called when a job has ended. Returns a function that removes it. */
  onEnd(listener: (job: JobDocument) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Cancels what runs and waits for its end. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#running.keys()) job.cancel("the broker stopped");
    await Promise.all(this.#running.values());
  }

  async #run(job: Job, run: (job: JobHandle) => Promise<void>): Promise<void> {
    let failure: string | undefined;
    try {
      // The caller has the job before its work begins.
      await Promise.resolve();
      if (!job.signal.aborted) await run(job);
    } catch (error) {
      failure = messageOf(error);
    }
    this.#running.delete(job);
    job.ended(this.#clock.wall(), failure);
    const document = job.document();
    if (document.state === "failed") this.#logger.error("a job failed; starting it again is safe", { ...document });
    for (const listener of this.#listeners) listener(document);
  }

  #forget(): void {
    const until = this.#clock.wall() - KEPT_MS;
    for (const [id, job] of this.#jobs) {
      const old = job.endedAt !== undefined && job.endedAt <= until;
      if (old || (this.#jobs.size > MOST_KEPT && !job.running)) this.#jobs.delete(id);
    }
  }
}
