import { messageOf, TaskwireError } from "../../base/errors.js";
import type { Front } from "../../front/front.js";
import type { Status } from "../../operations/status/document.js";
import type { VerbName } from "../../operations/verbs.js";

/** The last status of a broker. `at`: milliseconds. */
interface Seen {
  readonly status: Status;
  readonly at: number;
}

/** What one broker answers. A call that fails is remembered as its error; none rejects. */
export class Source {
  readonly #front: Pick<Front, "brokers" | "statuses" | "ask">;
  readonly #wall: () => number;
  /** Verbs that it does not have. */
  readonly #lacks = new Map<VerbName, TaskwireError>();
  #looking = false;
  #seen: Seen | undefined;
  #error: TaskwireError | undefined;

  constructor(broker: string, front: Pick<Front, "only">, wall: () => number) {
    this.#front = front.only([broker]);
    this.#wall = wall;
  }

  /** Its address; that of a broker in this process is known when it has started. */
  get broker(): string {
    return this.#front.brokers[0] ?? "";
  }

  /** undefined: it has not answered yet. */
  get seen(): Seen | undefined {
    return this.#seen;
  }

  /** Why the last call for its status failed; undefined: it did not. */
  get error(): TaskwireError | undefined {
    return this.#error;
  }

  /** Asks for the status, unless a call for it is under way: a slow broker is asked less often, and holds up nobody. */
  async look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const { answers } = await this.#front.statuses();
      for (const { document } of answers) this.#saw(document);
      this.#error = undefined;
    } catch (error) {
      this.#error = errorOf(error);
    } finally {
      this.#looking = false;
    }
  }

  /** A verb that an older broker does not have is asked for again when the broker was restarted. */
  async ask<T>(
    verb: VerbName,
    request: object,
  ): Promise<{ readonly document: T; readonly activation: Uint8Array } | TaskwireError> {
    const lacking = this.#lacks.get(verb);
    if (lacking !== undefined) return lacking;
    try {
      const { answers } = await this.#front.ask<T>(verb, request);
      const [answer] = answers;
      return answer ?? new TaskwireError("answer_unusable", `the broker at ${this.broker} answers nothing`);
    } catch (error) {
      const failed = errorOf(error);
      if (failed.code === "broker_too_old") this.#lacks.set(verb, failed);
      return failed;
    }
  }

  #saw(status: Status): void {
    if (this.#seen !== undefined && status.broker.id !== this.#seen.status.broker.id) this.#lacks.clear();
    this.#seen = { status, at: this.#wall() };
  }
}

/** Anything else than a TaskwireError comes from an answer of another form. */
export function errorOf(error: unknown): TaskwireError {
  if (error instanceof TaskwireError) return error;
  return new TaskwireError("answer_unusable", `the broker's answer cannot be used: ${messageOf(error)}`, {
    cause: error,
  });
}
