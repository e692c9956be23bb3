import type { ActivationHead } from "../../activation/activation.js";
import { decodeHead } from "../../activation/encoding/codec.js";
import { headlineOf } from "../../activation/error-names.js";
import { ProcessingDeadlineExceeded } from "../../activation/errors.js";
import { ROOT_HEADER } from "../../activation/retry.js";
import type { TaskFacts } from "../../activation/task.js";
import type { RegistryFacts } from "../child/messages.js";
import type { RunResult } from "../child/result.js";
import { resultOfError } from "../child/retry-decision.js";
import { namesOfRun, type RunNames } from "../child/run-logger.js";
import type { Job } from "../job.js";

/** The names and facts of a job's activation and task, decoded when they are first needed. */
export class TaskFactsCache {
  readonly #tasks: ReadonlyMap<string, TaskFacts>;
  readonly #heads = new WeakMap<Job, ActivationHead>();

  constructor({ tasks }: RegistryFacts) {
    this.#tasks = new Map(tasks.map((facts) => [facts.name, facts]));
  }

  /** "" for an activation that cannot be decoded; its run reports that. */
  idOf(job: Job): string {
    return this.#head(job)?.id ?? "";
  }

  /** The names of a job in a log line. */
  namesOf(job: Job): RunNames {
    const head = this.#head(job);
    const id = head?.id ?? "";
    const root = head?.headers.get(ROOT_HEADER) ?? id;
    const attempt = (head?.retry.attempts ?? 0) + 1;
    return namesOfRun({ id, root, name: head?.task ?? "", attempt, lost: job.lostBefore });
  }

  /** The owner of its task, for the log; undefined if the schema names none. */
  ownerOf(job: Job): string | undefined {
    return this.#facts(this.#head(job))?.owner;
  }

  /** "" for an activation that cannot be decoded. */
  taskOf(job: Job): string {
    return this.#head(job)?.task ?? "";
  }

  atMostOnce(job: Job): boolean {
    const head = this.#head(job);
    return head?.retry.atMostOnce === true || this.#facts(head)?.atMostOnce === true;
  }

  deadlineExceeded(job: Job): RunResult {
    return this.failed(job, new ProcessingDeadlineExceeded(this.#head(job)?.task ?? "", job.deadline));
  }

  failed(job: Job, error: Error): RunResult {
    const head = this.#head(job);
    const facts = this.#facts(head);
    if (head === undefined || facts === undefined) {
      return { kind: "failure", reason: "error", error: headlineOf(error) };
    }
    return resultOfError(error, facts, head);
  }

  #facts(head: ActivationHead | undefined): TaskFacts | undefined {
    return head === undefined ? undefined : this.#tasks.get(head.task);
  }

  #head(job: Job): ActivationHead | undefined {
    const known = this.#heads.get(job);
    if (known !== undefined) return known;
    try {
      const head = decodeHead(job.activation);
      this.#heads.set(job, head);
      return head;
    } catch {
      return undefined; // its run ends as failure (undecodable)
    }
  }
}
