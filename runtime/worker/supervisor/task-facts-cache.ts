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
import type { Claim } from "../claim.js";

/** The names and facts of a claim's activation and task, decoded when they are first needed. */
export class TaskFactsCache {
  readonly #tasks: ReadonlyMap<string, TaskFacts>;
  readonly #heads = new WeakMap<Claim, ActivationHead>();

  constructor({ tasks }: RegistryFacts) {
    this.#tasks = new Map(tasks.map((facts) => [facts.name, facts]));
  }

  /** "" for an activation that cannot be decoded; its run reports that. */
  idOf(claim: Claim): string {
    return this.#head(claim)?.id ?? "";
  }

  /** The names of a claim in a log line. */
  namesOf(claim: Claim): RunNames {
    const head = this.#head(claim);
    const id = head?.id ?? "";
    const root = head?.headers.get(ROOT_HEADER) ?? id;
    const attempt = (head?.retry.attempts ?? 0) + 1;
    return namesOfRun({ id, root, name: head?.task ?? "", attempt, lost: claim.lostBefore });
  }

  /** The owner of its task, for the log; undefined if the schema names none. */
  ownerOf(claim: Claim): string | undefined {
    return this.#facts(this.#head(claim))?.owner;
  }

  /** "" for an activation that cannot be decoded. */
  taskOf(claim: Claim): string {
    return this.#head(claim)?.task ?? "";
  }

  atMostOnce(claim: Claim): boolean {
    const head = this.#head(claim);
    return head?.retry.atMostOnce === true || this.#facts(head)?.atMostOnce === true;
  }

  deadlineExceeded(claim: Claim): RunResult {
    return this.failed(claim, new ProcessingDeadlineExceeded(this.#head(claim)?.task ?? "", claim.deadline));
  }

  failed(claim: Claim, error: Error): RunResult {
    const head = this.#head(claim);
    const facts = this.#facts(head);
    if (head === undefined || facts === undefined) {
      return { kind: "failure", reason: "error", error: headlineOf(error) };
    }
    return resultOfError(error, facts, head);
  }

  #facts(head: ActivationHead | undefined): TaskFacts | undefined {
    return head === undefined ? undefined : this.#tasks.get(head.task);
  }

  #head(claim: Claim): ActivationHead | undefined {
    const known = this.#heads.get(claim);
    if (known !== undefined) return known;
    try {
      const head = decodeHead(claim.activation);
      this.#heads.set(claim, head);
      return head;
    } catch {
      return undefined; // its run ends as failure (undecodable)
    }
  }
}
