import type { Worker } from "node:worker_threads";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { LogClosedError } from "../port.js";
import { type Answer, errorOf, type FileOptions, type Notification, type Reply, type Request } from "./messages.js";
import { startThread } from "./start-thread.js";

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** A request that is answered. */
type Numbered = Extract<Request, { readonly number: number }>;
/** How the thread was lost; `text` makes the message from the cause. */
interface Loss {
  readonly code: string;
  readonly text: (cause: string) => string;
}

const NOT_STARTED: Loss = {
  code: "log_thread_not_started",
  text: (cause) => `did not start (${cause}); nothing was stored`,
};
const DIED: Loss = {
  code: "log_thread_died",
  text: (cause) => `ended (${cause}); records that it had not acknowledged may or may not be stored`,
};

type WithoutNumber<T> = T extends unknown ? Omit<T, "number"> : never;

/**
 * The main thread's end of the connection to the log's thread, which starts with the first request. The process stays
 * alive while an answer is outstanding or `hold` is in effect; otherwise the thread does not keep it alive.
 */
export class Channel {
  readonly #options: FileOptions;
  readonly #onNotification: (news: Notification) => void;
  readonly #onLost: (error: TaskwireError) => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #exited: Promise<void> | undefined;
  #number = 0;
  #holds = 0;
  #closed = false;

  /** `onLost`: the thread died; the next request starts another one. */
  constructor(
    options: FileOptions,
    onNotification: (news: Notification) => void,
    onLost: (error: TaskwireError) => void,
  ) {
    this.#options = options;
    this.#onNotification = onNotification;
    this.#onLost = onLost;
  }

  async request(request: WithoutNumber<Numbered>, transfer: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#closed) throw new LogClosedError();
    const answer = await this.#send(request, transfer);
    if (answer.kind === "failed") throw errorOf(answer.failure);
    return answer;
  }

  /** Sends a request that has no answer. */
  post(request: Extract<Request, { readonly kind: "want" }>): void {
    if (!this.#closed) this.#thread().postMessage(request);
  }

  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1) this.#worker?.ref();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#worker?.unref();
  }

  /** Resolves when the thread has ended; outstanding requests are done before. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#worker === undefined) return;
    this.hold();
    const exited = this.#exited;
    const answer = await this.#send({ kind: "close" }, []);
    await exited;
    if (answer.kind === "failed") throw errorOf(answer.failure);
  }

  #send(request: WithoutNumber<Numbered>, transfer: ArrayBuffer[]): Promise<Answer> {
    const number = ++this.#number;
    const thread = this.#thread();
    this.hold();
    const answered = new Promise<Answer>((resolve, reject) => this.#pending.set(number, { resolve, reject }));
    thread.postMessage({ ...request, number }, transfer);
    return answered;
  }

  #thread(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = startThread(this.#options);
    if (this.#holds === 0) worker.unref();
    let started = false;
    worker.on("message", (replies: readonly Reply[]) => {
      started = true;
      for (const reply of replies) this.#take(reply);
    });
    let cause: unknown;
    worker.on("error", (error) => {
      cause = error;
    });
    this.#exited = new Promise((resolve) => {
      worker.on("exit", () => {
        resolve();
        this.#lose(worker, started ? DIED : NOT_STARTED, cause);
      });
    });
    this.#worker = worker;
    return worker;
  }

  #take(reply: Reply): void {
    if (!("number" in reply)) {
      this.#onNotification(reply);
      return;
    }
    const pending = this.#pending.get(reply.number);
    this.#pending.delete(reply.number);
    this.release();
    pending?.resolve(reply);
  }

  #lose(worker: Worker, how: Loss, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const { file } = this.#options;
    const why = cause === undefined ? "without an error" : messageOf(cause);
    const error = new TaskwireError(how.code, `the thread of the embedded log ${file} ${how.text(why)}`, { cause });
    for (const { reject } of this.#pending.values()) {
      this.release();
      reject(error);
    }
    this.#pending.clear();
    this.#onLost(error);
  }
}
