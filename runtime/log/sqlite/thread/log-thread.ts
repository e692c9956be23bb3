import type { Clock } from "../../../base/clock.js";
import { TaskwireError } from "../../../base/errors.js";
import type { Sqlite } from "../../../base/sqlite/open.js";
import { identityOf } from "../file/database.js";
import { type OpenLog, openLogFile } from "../file/open-log.js";
import type { Answer, Failure, FileOptions, Reply, Request } from "../messages.js";
import { appendChanges } from "./append-changes.js";
import { browsed } from "./browsing.js";
import { scrubChange, trimChange } from "./delete-changes.js";
import { failureOf, replacedFailure } from "./failures.js";
import { type Change, commitTogether } from "./group-commit.js";
import { assignChange, commitChange, type ReaderContext } from "./reader-changes.js";
import { ServedReaders } from "./served-readers.js";
import { Trimmer } from "./trimmer.js";
import { WakeupListener } from "./wakeup-listener.js";
import { WakeupSender } from "./wakeup-sender.js";

export interface ThreadOutput {
  reply(reply: Reply, buffers?: ArrayBuffer[]): void;
  /** Sends the replies up to now. */
  flush(): void;
  /** The thread may end: it sends nothing more. */
  end(): void;
}

interface Question {
  readonly number: number;
  readonly ask: (log: OpenLog) => Answer;
}

/** How often the file is checked for records whose wake-up was lost, milliseconds. */
const POLL_MS = 500;

/** The work of the log's thread. Opens the file with the first request that needs it, and again after a failure. */
export class LogThread {
  readonly #clock: Clock;
  readonly #options: FileOptions;
  readonly #sqlite: Sqlite | Failure;
  readonly #output: ThreadOutput;
  readonly #readers: ServedReaders;
  readonly #trimmer: Trimmer;
  readonly #wakeupSender = new WakeupSender();
  readonly #context: ReaderContext;
  #log: OpenLog | undefined;
  #changes: Change[] = [];
  #questions: Question[] = [];
  #leaving: { readonly reader: number; readonly number: number }[] = [];
  /** Topics that records were appended to since readers were last woken. */
  readonly #appended = new Set<string>();
  #listener: Promise<WakeupListener | undefined> | undefined;
  #ownPath = "";
  #cancelPoll: (() => void) | undefined;
  #dataVersion: unknown;
  #closing: number | undefined;

  /** `clock`: for polling and trimming; the times of records come with the requests. */
  constructor(options: FileOptions, sqlite: Sqlite | Failure, output: ThreadOutput, clock: Clock) {
    this.#clock = clock;
    this.#options = options;
    this.#sqlite = sqlite;
    this.#output = output;
    this.#readers = new ServedReaders((reply, buffers) => output.reply(reply, buffers));
    const openLog = (): OpenLog => this.#open();
    this.#trimmer = new Trimmer(clock, openLog, options.busyTimeout, (error) => this.#break(error));
    this.#context = {
      options,
      readers: this.#readers,
      trimmer: this.#trimmer,
      openLog,
      answer: (answer) => output.reply(answer),
    };
  }

  /** Queues a request; `work` carries out what is queued. */
  take(request: Request): void {
    switch (request.kind) {
      case "append":
        for (const { topic } of request.parts) this.#appended.add(topic);
        for (const change of appendChanges(request, this.#options, this.#context.openLog, this.#context.answer)) {
          this.#changes.push(change);
        }
        return;
      case "read":
        void this.#listen().then((listener) => {
          this.#changes.push(assignChange(request, listener?.path, this.#context));
          this.work();
        });
        return;
      case "want":
        this.#readers.want(request.reader, request.topic);
        return;
      case "commit":
        this.#changes.push(commitChange(request, this.#context));
        return;
      case "trim":
        this.#changes.push(trimChange(request, this.#context));
        return;
      case "scrub":
        this.#changes.push(scrubChange(request, this.#context));
        return;
      case "leave":
        this.#leaving.push(request);
        return;
      case "close":
        this.#closing = request.number;
        return;
      default:
        this.#questions.push({ number: request.number, ask: (log) => this.#answer(request, log) });
    }
  }

  work(): void {
    try {
      if (this.#changes.length > 0 || this.#questions.length > 0 || !this.#readers.isEmpty) this.#workOn(this.#open());
    } catch (error) {
      this.#fail(error);
    }
    this.#leave();
    this.#output.flush();
    if (this.#closing !== undefined) this.#close(this.#closing);
  }

  #workOn(log: OpenLog): void {
    const changes = this.#changes;
    this.#changes = [];
    commitTogether(log.transactions, changes, () => log.topics.forget());
    this.#wakeReaders(log);
    this.#output.flush();
    const questions = this.#questions;
    this.#questions = [];
    for (const { number, ask } of questions) {
      try {
        const answer = ask(log);
        const pieces = answer.kind === "browsed" ? answer.pieces : [];
        this.#output.reply(
          answer,
          pieces.map(({ buffer }) => buffer),
        );
      } catch (error) {
        this.#output.reply({ kind: "failed", number, failure: failureOf(error, this.#options) });
      }
    }
    this.#readers.serve(log);
  }

  #answer(request: Extract<Request, { readonly kind: "open" | "everRead" | "browse" }>, log: OpenLog): Answer {
    const { number } = request;
    switch (request.kind) {
      case "open":
        return { kind: "done", number };
      case "everRead":
        return { kind: "everRead", number, ever: log.readerRows.everRead(request.topic) };
      case "browse":
        return browsed(log, request);
    }
  }

  /** The open file; opened again when another file is under the path. */
  #open(): OpenLog {
    if (this.#log !== undefined && identityOf(this.#options.file) !== this.#log.identity) {
      this.#log.connection.close();
      this.#log = undefined;
      this.#readers.break(replacedFailure(this.#options));
    }
    if (this.#log === undefined) {
      if (typeof this.#sqlite !== "function") throw new TaskwireError(this.#sqlite.code, this.#sqlite.message);
      this.#log = openLogFile(this.#sqlite, this.#options);
    }
    return this.#log;
  }

  /** Fails everything that is queued: the file cannot be used. */
  #fail(error: unknown): void {
    const failure = failureOf(error, this.#options);
    const changes = this.#changes;
    const questions = this.#questions;
    this.#changes = [];
    this.#questions = [];
    this.#appended.clear();
    for (const change of changes) change.failed(error);
    for (const { number } of questions) this.#output.reply({ kind: "failed", number, failure });
    this.#readers.break(failure);
  }

  #break(error: unknown): void {
    this.#readers.break(failureOf(error, this.#options));
    this.#output.flush();
  }

  /** Wakes the readers in other threads and processes. */
  #wakeReaders(log: OpenLog): void {
    for (const topic of this.#appended) {
      const path = log.readerRows.wakeupPath(topic);
      if (path !== undefined && path !== this.#ownPath) this.#wakeupSender.wake(path);
    }
    this.#appended.clear();
  }

  async #listen(): Promise<WakeupListener | undefined> {
    this.#listener ??= WakeupListener.listen(this.#options.file, () => this.work());
    if (this.#cancelPoll === undefined) this.#poll();
    const listener = await this.#listener;
    this.#ownPath = listener?.path ?? "";
    return listener;
  }

  #poll(): void {
    this.#cancelPoll = this.#clock.after(POLL_MS, () => {
      this.#poll();
      this.#checkForCommits();
    });
  }

  /** Serves records that arrived without a wake-up. */
  #checkForCommits(): void {
    if (this.#readers.isEmpty) return;
    try {
      const version = this.#open().dataVersion();
      if (version === this.#dataVersion) return;
      this.#dataVersion = version;
    } catch (error) {
      this.#break(error);
      return;
    }
    this.work();
  }

  #leave(): void {
    for (const { reader, number } of this.#leaving.splice(0)) {
      this.#readers.leave(reader);
      this.#output.reply({ kind: "done", number });
    }
  }

  #close(number: number): void {
    this.#cancelPoll?.();
    this.#trimmer.stop();
    this.#wakeupSender.close();
    void this.#listener?.then((listener) => listener?.close());
    try {
      this.#log?.connection.close();
      this.#output.reply({ kind: "done", number });
    } catch (error) {
      this.#output.reply({ kind: "failed", number, failure: failureOf(error, this.#options) });
    }
    this.#log = undefined;
    this.#closing = undefined;
    this.#output.flush();
    this.#output.end();
  }
}
