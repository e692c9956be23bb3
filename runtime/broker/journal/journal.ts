import { Worker } from "node:worker_threads";
import { TaskwireError } from "../../base/errors.js";
import type { Changes, Cursor, Recovered, StoredRow } from "../inflight/events.js";
import { type JournalReply, type JournalRequest, type LowestOffset, pack, type Unpark, unpack } from "./messages.js";

/** The in-flight file cannot be opened or written; `code` says why. */
export class JournalError extends TaskwireError {}

export interface Loaded {
  readonly rows: readonly StoredRow[];
  readonly complete: boolean;
  readonly nextDue: number;
}

/** Called from the journal as things happen. */
export interface JournalEvents {
  /** Nothing works any more; the process must end. */
  failed(error: JournalError): void;
  stuck(message: string): void;
  unstuck(message: string): void;
}

/** The in-flight file of a pool, in a thread of its own. Requests are carried out in order. */
export class Journal {
  readonly file: string;
  readonly uuid: string;
  readonly recovered: Recovered;
  readonly #thread: Worker;
  readonly #events: JournalEvents;
  readonly #commits: ((lowest: readonly LowestOffset[] | undefined) => void)[] = [];
  readonly #loads: ((loaded: Loaded) => void)[] = [];
  readonly #unparks: ((rows: readonly StoredRow[]) => void)[] = [];
  readonly #exit: Promise<void>;

  private constructor(file: string, thread: Worker, events: JournalEvents, uuid: string, recovered: Recovered) {
    this.file = file;
    this.uuid = uuid;
    this.recovered = recovered;
    this.#thread = thread;
    this.#events = events;
    thread.on("message", (reply: JournalReply) => this.#take(reply));
    this.#exit = new Promise((resolve) => thread.once("exit", () => resolve()));
    thread.on("error", (error) =>
      events.failed(new JournalError("journal_failed", `${file}: ${error.message}`, { cause: error })),
    );
  }

  /** Rejects with JournalError: journal_held, journal_not_writable, journal_damaged or journal_failed. */
  static async open(file: string, events: JournalEvents): Promise<Journal> {
    const thread = new Worker(new URL("./thread.js", import.meta.url), { workerData: file, name: "taskwire journal" });
    const first = await new Promise<JournalReply>((resolve, reject) => {
      thread.once("message", resolve);
      thread.once("error", reject);
    });
    if (first.kind !== "opened") {
      const failed = first.kind === "failed" ? first : { code: "", message: `unexpected ${first.kind}` };
      throw openError(file, failed.code, failed.message);
    }
    thread.removeAllListeners("error");
    return new Journal(file, thread, events, first.uuid, {
      ...first.recovered,
      kind: "recovered",
      rows: unpack(first.rows),
    });
  }

  /** Resolves when the changes are on disk, with the lowest unsettled offsets when they were asked for. */
  commit(changes: Changes, lowest: boolean): Promise<readonly LowestOffset[] | undefined> {
    const { inserts, ...rest } = changes;
    const packed = pack(inserts);
    const request: JournalRequest = { kind: "commit", changes: rest, inserts: packed, lowest };
    this.#thread.postMessage(request, [packed.slab.buffer]);
    return new Promise((resolve) => this.#commits.push(resolve));
  }

  load(after: Cursor, dueBefore: number, limit: number): Promise<Loaded> {
    this.#thread.postMessage({ kind: "load", after, dueBefore, limit } satisfies JournalRequest);
    return new Promise((resolve) => this.#loads.push(resolve));
  }

  /** Parked rows in order of seq. */
  unpark({ application, namespace, tasks, limit }: Unpark): Promise<readonly StoredRow[]> {
    this.#thread.postMessage({ kind: "unpark", application, namespace, tasks, limit } satisfies JournalRequest);
    return new Promise((resolve) => this.#unparks.push(resolve));
  }

  async close(): Promise<void> {
    this.#thread.postMessage({ kind: "close" } satisfies JournalRequest);
    await this.#exit;
  }

  #take(reply: JournalReply): void {
    switch (reply.kind) {
      case "committed":
        this.#commits.shift()?.(reply.lowest);
        return;
      case "loaded":
        this.#loads.shift()?.({ rows: unpack(reply.rows), complete: reply.complete, nextDue: reply.nextDue });
        return;
      case "unparked":
        this.#unparks.shift()?.(unpack(reply.rows));
        return;
      case "stuck":
        this.#events.stuck(reply.message);
        return;
      case "unstuck":
        this.#events.unstuck(reply.message);
        return;
      case "failed":
        this.#events.failed(openError(this.file, reply.code, reply.message));
        return;
      case "opened":
        return;
    }
  }
}

function openError(file: string, code: string, message: string): JournalError {
  if (code === "SQLITE_BUSY") {
    return new JournalError(
      "journal_held",
      `the in-flight file ${file} is held by another broker; stop that one, or start this one with another --pool or --data DIR`,
    );
  }
  if (code === "SQLITE_CANTOPEN" || code === "SQLITE_READONLY" || code.startsWith("SQLITE_READONLY")) {
    return new JournalError(
      "journal_not_writable",
      `the in-flight file ${file} cannot be written (${message}); make its folder writable or pass another --data DIR`,
    );
  }
  if (code === "journal_damaged" || code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB") {
    return new JournalError(
      "journal_damaged",
      `the in-flight file ${file} is damaged: ${message}; move it away to start from the log again (at-least-once work may then run twice)`,
    );
  }
  return new JournalError("journal_failed", `the in-flight file ${file}: ${message}`);
}
