import type { Worker } from "node:worker_threads";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { startPackageThread } from "../../base/process/package-thread.js";
import { commitName, type Lineage } from "../../log/lineage.js";
import type { Changes, Cursor, FoundRow, PageRequest, Recovered } from "../inflight/persisted.js";
import type { StoredRow } from "../inflight/row.js";
import type { JournalReply, JournalReport, JournalRequest, ReadRequest } from "./messages.js";
import type { Quarantine } from "./salvage/quarantine.js";
import type { FileOptions } from "./tables/connection.js";
import { FIRST_PART, type FindTurn, type PageTurn } from "./tables/found-rows.js";
import { buffersOf, type PackedRows, pack, unpack } from "./tables/packed.js";
import type { UnparkRequest } from "./tables/rows.js";

/** The in-flight file cannot be opened or written; `code` says why. Exported for tests. */
export class JournalError extends TaskwireError {}

/** Ids that are searched in one turn. */
const FIND_IDS = 200;

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

interface Loaded {
  readonly rows: readonly StoredRow[];
  readonly complete: boolean;
  readonly nextDue: number;
}

/** What the journal reports as it happens. */
export interface JournalEvents {
  /** Nothing works from here on. The process must end, or, at journal_damaged, open the file again, which rebuilds it. */
  failed(error: JournalError): void;
  stuck(message: string): void;
  unstuck(message: string): void;
}

/** What a broker needs of a journal; tests have one in memory. */
export type JournalPort = Pick<Journal, keyof Journal>;

/** The in-flight file of a pool, in a thread of its own. Requests are carried out in order. */
export class Journal {
  readonly file: string;
  readonly uuid: string;
  readonly recovered: Recovered;
  /** Set while the consequences of a rebuild last: the logs are being read again. */
  readonly quarantine: Quarantine | undefined;
  /** The starts of the file, the current one last. */
  readonly lineage: Lineage;
  readonly #thread: Worker;
  readonly #events: JournalEvents;
  readonly #commits: ((report: JournalReport | undefined) => void)[] = [];
  readonly #loads: ((loaded: Loaded) => void)[] = [];
  readonly #unparks: ((rows: readonly StoredRow[]) => void)[] = [];
  readonly #pages: Waiting<PageTurn>[] = [];
  readonly #finds: Waiting<FindTurn>[] = [];
  readonly #controlsWritten: (() => void)[] = [];
  readonly #exit: Promise<void>;
  #controls: string | undefined;
  #closing = false;
  /** Why nothing can be read any more. */
  #refused: JournalError | undefined;
  /** Number of the last commit that is known to be on disk. */
  #durable: number;

  private constructor(
    file: string,
    thread: Worker,
    events: JournalEvents,
    opened: Extract<JournalReply, { kind: "opened" }>,
  ) {
    this.file = file;
    this.uuid = opened.uuid;
    this.recovered = { ...opened.recovered, kind: "recovered", rows: unpack(opened.rows) };
    this.quarantine = opened.quarantine;
    this.lineage = opened.lineage;
    this.#controls = opened.controls;
    this.#durable = opened.commits;
    this.#thread = thread;
    this.#events = events;
    thread.on("message", (reply: JournalReply) => this.#take(reply));
    this.#exit = new Promise((resolve) =>
      thread.once("exit", (code) => {
        resolve();
        if (!this.#closing) this.#failed(`its thread ended with code ${code}`);
      }),
    );
    thread.on("error", (error) => this.#failed(messageOf(error), error));
  }

  /**
   * Opens the file; a damaged one is moved to quarantine and rebuilt. Rejects with JournalError: journal_held,
   * journal_not_writable, journal_newer, journal_full, journal_damaged (the rebuilt file failed too) or journal_failed.
   */
  static async open(file: string, events: JournalEvents, options: FileOptions = {}): Promise<Journal> {
    const thread = startPackageThread("./thread.js", import.meta.url, {
      workerData: { ...options, file },
      name: "taskwire journal",
    });
    const first = await new Promise<JournalReply>((resolve, reject) => {
      const failed = (why: string, cause?: unknown) =>
        reject(
          new JournalError("journal_failed", `the in-flight file ${file}: its thread did not start: ${why}`, { cause }),
        );
      thread.once("message", resolve);
      thread.once("error", (error) => failed(messageOf(error), error));
      thread.once("exit", (code) => failed(`it ended with code ${code}`));
    });
    if (first.kind !== "opened") {
      const failed = first.kind === "failed" ? first : { code: "", message: `unexpected ${first.kind}` };
      throw openError(file, failed.code, failed.message);
    }
    thread.removeAllListeners("error").removeAllListeners("exit");
    return new Journal(file, thread, events, first);
  }

  /** Names what is on disk, for the logs: an older copy of the file cannot name it. */
  get journalCommit(): string {
    return commitName(this.lineage, this.#durable);
  }

  /** Resolves when the changes are on disk, with a report if one was asked for. */
  commit(changes: Changes, report: boolean): Promise<JournalReport | undefined> {
    const { inserts, ...bare } = changes;
    const packed = pack(inserts);
    this.#send({ kind: "commit", changes: bare, inserts: packed, report }, buffersOf(packed));
    return new Promise((resolve) => this.#commits.push(resolve));
  }

  /** Delayed rows behind `after`, due at `dueBefore` or earlier, in order of (due, seq). */
  load(after: Cursor, dueBefore: number, limit: number): Promise<Loaded> {
    this.#send({ kind: "load", after, dueBefore, limit });
    return new Promise((resolve) => this.#loads.push(resolve));
  }

  /** Parked rows of these tasks, in order of seq; they stay in the file as they are. */
  unpark(request: UnparkRequest): Promise<readonly StoredRow[]> {
    this.#send({ kind: "unpark", ...request });
    return new Promise((resolve) => this.#unparks.push(resolve));
  }

  /**
   * One turn of delayed or parked rows behind a place; `next` is where to continue, undefined at the end. Every other
   * request goes first. Rejects when the journal is closed or has failed.
   */
  page(request: PageRequest): Promise<PageTurn> {
    return this.#ask({ kind: "page", request }, this.#pages);
  }

  /** Delayed and parked rows with these ids, at most 1,000. Every other request goes first. It rejects as `page`. */
  async find(ids: readonly string[], payload: boolean): Promise<readonly FoundRow[]> {
    const rows: FoundRow[] = [];
    for (let from = 0; from < ids.length; from += FIND_IDS) {
      const slice = ids.slice(from, from + FIND_IDS);
      for (let after: number | undefined = FIRST_PART; after !== undefined; ) {
        const found: FindTurn = await this.#ask({ kind: "find", ids: slice, payload, after }, this.#finds);
        rows.push(...found.rows);
        after = found.next;
      }
    }
    return rows;
  }

  /** JSON of the pauses and kill rules that people set; undefined: none were ever set. */
  readControls(): string | undefined {
    return this.#controls;
  }

  /** Resolves when it is on disk. */
  writeControls(json: string): Promise<void> {
    this.#controls = json;
    this.#send({ kind: "controls", json });
    return new Promise((resolve) => this.#controlsWritten.push(resolve));
  }

  /** The assigned partition ends at `end` in its log: it is read again up to there, unless its end is known already. */
  assigned(topic: string, partition: number, end: number): void {
    const unbounded = this.recovered.rebuilt.some(
      (each) => each.topic === topic && each.partition === partition && each.until === Number.POSITIVE_INFINITY,
    );
    if (unbounded) this.#send({ kind: "bound", topic, partition, end });
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#send({ kind: "close" });
    await this.#exit;
    this.#refuse(new JournalError("journal_failed", `the in-flight file ${this.file} is closed`));
  }

  #ask<T>(request: ReadRequest, waiting: Waiting<T>[]): Promise<T> {
    if (this.#refused !== undefined) return Promise.reject(this.#refused);
    this.#send(request);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  /** Nothing is read from here on. */
  #refuse(error: JournalError): void {
    this.#refused ??= error;
    for (const { reject } of [...this.#pages.splice(0), ...this.#finds.splice(0)]) reject(error);
  }

  #failed(why: string, cause?: unknown): void {
    this.#fail(new JournalError("journal_failed", `the in-flight file ${this.file}: ${why}`, { cause }));
  }

  #fail(error: JournalError): void {
    this.#refuse(error);
    this.#events.failed(error);
  }

  #send(request: JournalRequest, transfer: ArrayBuffer[] = []): void {
    this.#thread.postMessage(request, transfer);
  }

  #take(reply: JournalReply): void {
    switch (reply.kind) {
      case "committed":
        this.#durable = reply.commits;
        this.#commits.shift()?.(reply.report);
        return;
      case "loaded":
        this.#loads.shift()?.({ rows: unpack(reply.rows), complete: reply.complete, nextDue: reply.nextDue });
        return;
      case "unparked":
        this.#unparks.shift()?.(unpack(reply.rows));
        return;
      case "paged":
        this.#pages.shift()?.resolve({ ...reply.turn, rows: sized(reply.rows, reply.sizes) });
        return;
      case "found":
        this.#finds.shift()?.resolve({ ...reply.turn, rows: sized(reply.rows, reply.sizes) });
        return;
      case "controlled":
        this.#durable = reply.commits;
        this.#controlsWritten.shift()?.();
        return;
      case "stuck":
        this.#events.stuck(reply.message);
        return;
      case "unstuck":
        this.#events.unstuck(reply.message);
        return;
      case "failed":
        this.#fail(openError(this.file, reply.code, reply.message));
        return;
      case "opened":
        return;
    }
  }
}

function sized(packed: PackedRows, sizes: readonly number[]): FoundRow[] {
  return unpack(packed).map((row, index) => Object.assign(row, { size: sizes[index] ?? 0 }));
}

function openError(file: string, code: string, message: string): JournalError {
  if (code.startsWith("SQLITE_BUSY")) {
    return new JournalError(
      "journal_held",
      `the in-flight file ${file} is held by another broker; stop that one, or start this one with another --pool or --data DIR`,
    );
  }
  if (code === "SQLITE_CANTOPEN" || code.startsWith("SQLITE_READONLY")) {
    return new JournalError(
      "journal_not_writable",
      `the in-flight file ${file} cannot be written (${message}); make its folder writable or pass another --data DIR`,
    );
  }
  if (code === "SQLITE_FULL" || code === "ENOSPC") {
    return new JournalError(
      "journal_full",
      `the in-flight file ${file} cannot be opened or rebuilt: ${message}; free space in its folder and start again`,
    );
  }
  if (code === "journal_newer") {
    return new JournalError("journal_newer", `the in-flight file ${file} cannot be read: ${message}`);
  }
  if (code === "journal_damaged") {
    return new JournalError(
      "journal_damaged",
      `the in-flight file ${file} is damaged: ${message}; the next start moves it to quarantine and rebuilds it from what can be read and from the log`,
    );
  }
  return new JournalError("journal_failed", `the in-flight file ${file}: ${message}`);
}
