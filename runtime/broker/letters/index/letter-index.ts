import type { Worker } from "node:worker_threads";
import { messageOf, TaskwireError } from "../../../base/errors.js";
import { startPackageThread } from "../../../base/process/package-thread.js";
import type { ReadRecord } from "../../../log/port.js";
import type { Letter } from "../records/letter.js";
import type { Standing } from "../records/standing.js";
import { type Counted, Counting } from "./counting.js";
import { type Grouped, Grouping } from "./grouping.js";
import { INDEX_LIMITS, type IndexLimits } from "./limits.js";
import type { IndexReply, IndexRequest, IndexThreadData } from "./messages.js";
import { packRecords } from "./packed-records.js";
import type { Progress } from "./partitions.js";
import type { CountQuery, GroupQuery, LetterQuery } from "./query.js";
import type { Unscrubbed } from "./rows.js";
import type { GroupedPart, Page, Summary } from "./store.js";

/** The index of dead letters cannot be used at the moment; `stale`: it was deleted, and a new one can be opened. */
export class LetterIndexError extends TaskwireError {
  readonly stale: boolean;

  constructor(file: string, why: string, options: ErrorOptions & { readonly stale?: boolean } = {}) {
    super("letters_index", `the index of dead letters ${file}: ${why}`, options);
    this.stale = options.stale ?? false;
  }
}

/** The index file of a pool's dead letters, in a thread of its own. Requests are carried out in order. */
export class LetterIndex {
  readonly #file: string;
  readonly #thread: Worker;
  readonly #waiting: ((reply: IndexReply) => void)[] = [];
  readonly #exit: Promise<void>;
  /** Why the last request failed: an index that fails is closed, and this is the reason for those who still ask it. */
  #problem: string | undefined;
  /** Why nothing is answered any more. */
  #ended: Extract<IndexReply, { kind: "failed" }> | undefined;

  private constructor(file: string, thread: Worker) {
    this.#file = file;
    this.#thread = thread;
    thread.on("message", (reply: IndexReply) => {
      if (reply.kind === "failed" && reply.stale) this.#end(reply);
      else this.#waiting.shift()?.(reply);
    });
    thread.on("error", (error) => this.#end(dead(messageOf(error))));
    this.#exit = new Promise((resolve) =>
      thread.once("exit", () => {
        this.#end(dead(this.#problem ?? "its thread has ended"));
        resolve();
      }),
    );
  }

  /** Opens the file and creates it; one that cannot be used is made again. Rejects with LetterIndexError. */
  static async open(file: string, limits: IndexLimits = INDEX_LIMITS): Promise<LetterIndex> {
    const thread = startPackageThread("./thread.js", import.meta.url, {
      workerData: { file, limits } satisfies IndexThreadData,
      name: "taskwire letters",
    });
    const index = new LetterIndex(file, thread);
    await index.#answer();
    return index;
  }

  /** Adds records of a partition; resolves with the roots of the chains whose letters they are. */
  async feed(records: readonly ReadRecord[], progress: Progress, scrubs: boolean): Promise<readonly string[]> {
    const packed = packRecords(records);
    return this.#ask({ kind: "feed", records: packed, progress, scrubs }, [packed.values]);
  }

  async list(query: LetterQuery): Promise<Page> {
    return this.#ask({ kind: "list", query });
  }

  /** Counts all letters that match. */
  async count(query: CountQuery): Promise<Omit<Counted, "next">> {
    const counting = new Counting();
    let { after } = query;
    do {
      const counted: Counted = await this.#ask({ kind: "count", query: { ...query, after } });
      counting.join(counted);
      after = counted.next;
    } while (after !== undefined);
    return counting.result();
  }

  /** The groups of all letters that match. */
  async groups(query: GroupQuery): Promise<Grouped> {
    const grouping = new Grouping();
    let { after } = query;
    do {
      const part: GroupedPart = await this.#ask({ kind: "groups", query: { ...query, after } });
      grouping.join(part);
      after = part.next;
    } while (after !== undefined);
    return grouping.result();
  }

  /** What is known of letters of one topic, in the order of their identities. */
  async standings(topic: string, identities: readonly string[]): Promise<readonly Standing[]> {
    return this.#ask({ kind: "standings", topic, identities });
  }

  async summary(): Promise<Summary> {
    return this.#ask({ kind: "summary" });
  }

  /** The letter of a partition with the highest offset. */
  async last(topic: string, partition: number): Promise<Letter | undefined> {
    return (await this.#ask<Letter | null>({ kind: "last", topic, partition })) ?? undefined;
  }

  /** Purged letters whose bytes are still in the log. */
  async unscrubbed(topic: string, limit: number): Promise<Unscrubbed> {
    return this.#ask({ kind: "unscrubbed", topic, limit });
  }

  async scrubbed(letters: readonly Letter[]): Promise<void> {
    await this.#ask({ kind: "scrubbed", letters });
  }

  async forget(topic: string): Promise<void> {
    await this.#ask({ kind: "forget", topic });
  }

  async close(): Promise<void> {
    this.#thread.postMessage({ kind: "close" } satisfies IndexRequest);
    await this.#exit;
  }

  /** The answer has the type that the thread's store gives it. */
  #ask<T>(request: IndexRequest, transfer: ArrayBuffer[] = []): Promise<T> {
    this.#thread.postMessage(request, transfer);
    return this.#answer();
  }

  async #answer<T>(): Promise<T> {
    const reply = this.#ended ?? (await new Promise<IndexReply>((resolve) => this.#waiting.push(resolve)));
    if (reply.kind === "failed") {
      this.#problem = reply.message;
      throw new LetterIndexError(this.#file, reply.message, { stale: reply.stale });
    }
    const answer: T = JSON.parse(reply.json);
    return answer;
  }

  #end(why: Extract<IndexReply, { kind: "failed" }>): void {
    this.#ended ??= why;
    for (const answer of this.#waiting.splice(0)) answer(this.#ended);
  }
}

function dead(message: string): Extract<IndexReply, { kind: "failed" }> {
  return { kind: "failed", code: "", message, stale: false };
}
