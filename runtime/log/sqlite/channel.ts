import type { Worker } from "node:worker_threads";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { LogClosedError } from "../port.js";
import type { FileOptions } from "./file/database.js";
import { type Answer, errorOf, type News, type Reply, type Request } from "./messages.js";
import { startThread } from "./start-thread.js";

interface Open {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/** A request that is answered, before it has its number. */
export type Numbered = Extract<Request, { readonly number: number }>;
/** How the thread was lost. */
interface Loss {
  readonly code: string;
  readonly text: (why: string) => string;
}

const NOT_STARTED: Loss = {
  code: "log_thread_not_started",
  text: (why) => `did not start (${why}); nothing was stored`,
};
const DIED: Loss = {
  code: "log_thread_died",
  text: (why) => `ended (${why}); what it had not acknowledged may or may not be stored`,
};

type WithoutNumber<T> = T extends unknown ? Omit<T, "number"> : never;

/**
 * The main thread's end of the log's thread, which starts with the first request. The process stays alive while an
 * answer is outstanding or somebody holds it, otherwise the thread does not keep it.
 */
export class Channel {
  readonly #options: FileOptions;
  readonly #onNews: (news: News) => void;
  readonly #onLost: (error: TaskwireError) => void;
  readonly #open = new Map<number, Open>();
  #worker: Worker | undefined;
  #exited: Promise<void> | undefined;
  #number = 0;
  #holds = 0;
  #closed = false;

  /** `onLost`: the thread died; the next request starts another one. */
  constructor(options: FileOptions, onNews: (news: News) => void, onLost: (error: TaskwireError) => void) {
    this.#options = options;
    this.#onNews = onNews;
    this.#onLost = onLost;
  }

  async request(request: WithoutNumber<Numbered>, transfer: ArrayBuffer[] = []): Promise<Answer> {
    if (this.#closed) throw new LogClosedError();
    const answer = await this.#send(request, transfer);
    if (answer.kind === "failed") throw errorOf(answer.failure);
    return answer;
  }

  /** A request without an answer. */
  tell(request: Extract<Request, { readonly kind: "want" }>): void {
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
    const answered = new Promise<Answer>((resolve, reject) => this.#open.set(number, { resolve, reject }));
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
      this.#onNews(reply);
      return;
    }
    const open = this.#open.get(reply.number);
    this.#open.delete(reply.number);
    this.release();
    open?.resolve(reply);
  }

  #lose(worker: Worker, how: Loss, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const { file } = this.#options;
    const why = cause === undefined ? "without an error" : messageOf(cause);
    const error = new TaskwireError(how.code, `the thread of the embedded log ${file} ${how.text(why)}`, { cause });
    for (const { reject } of this.#open.values()) {
      this.release();
      reject(error);
    }
    this.#open.clear();
    this.#onLost(error);
  }
}
