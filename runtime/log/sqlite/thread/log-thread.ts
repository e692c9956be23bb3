import type { Clock } from "../../../base/clock.js";
import { TaskwireError } from "../../../base/errors.js";
import type { Sqlite } from "../../../base/sqlite/open.js";
import { failureOf, replacedFailure } from "../failures.js";
import { type FileOptions, identityOf } from "../file/database.js";
import type { Answer, Failure, Reply, Request } from "../messages.js";
import { appendChanges } from "./append-changes.js";
import { type Change, commitTogether } from "./group-commit.js";
import { type Opened, openLogFile } from "./opened.js";
import { assignChange, commitChange, type ReaderContext } from "./reader-changes.js";
import { Reading } from "./served-readers.js";
import { Trimmer } from "./trimmer.js";
import { Bell } from "./wakeup-listener.js";
import { Ringer } from "./wakeup-sender.js";

export interface ThreadOutput {
  reply(reply: Reply, buffers?: ArrayBuffer[]): void;
  /** Sends what was replied until now. */
  flush(): void;
  /** Nothing comes any more: the thread may end. */
  end(): void;
}

interface Question {
  readonly number: number;
  readonly ask: (opened: Opened) => Answer;
}

/** Safety net under the bell, in milliseconds. */
const POLL_MS = 500;

/** What the log's thread does. The file is opened by the first request that needs it, and again after a failure. */
export class LogThread {
  readonly #clock: Clock;
  readonly #options: FileOptions;
  readonly #sqlite: Sqlite | Failure;
  readonly #output: ThreadOutput;
  readonly #reading: Reading;
  readonly #trimmer: Trimmer;
  readonly #ringer = new Ringer();
  readonly #context: ReaderContext;
  #opened: Opened | undefined;
  #changes: Change[] = [];
  #questions: Question[] = [];
  #leaving: { readonly reader: number; readonly number: number }[] = [];
  /** Topics that were appended to since the last ring. */
  readonly #appended = new Set<string>();
  #bell: Promise<Bell | undefined> | undefined;
  #ownBell = "";
  #cancelPoll: (() => void) | undefined;
  #dataVersion: unknown;
  #closing: number | undefined;

  /** `clock`: of polling and trimming; the times of records come with the requests. */
  constructor(options: FileOptions, sqlite: Sqlite | Failure, output: ThreadOutput, clock: Clock) {
    this.#clock = clock;
    this.#options = options;
    this.#sqlite = sqlite;
    this.#output = output;
    this.#reading = new Reading((reply, buffers) => output.reply(reply, buffers));
    const opened = (): Opened => this.#open();
    this.#trimmer = new Trimmer(clock, opened, (error) => this.#break(error));
    this.#context = {
      options,
      reading: this.#reading,
      trimmer: this.#trimmer,
      opened,
      answer: (answer) => output.reply(answer),
    };
  }

  /** Takes a request up; `work` does what was taken. */
  take(request: Request): void {
    switch (request.kind) {
      case "append":
        for (const { topic } of request.parts) this.#appended.add(topic);
        for (const change of appendChanges(request, this.#options, this.#context.opened, this.#context.answer)) {
          this.#changes.push(change);
        }
        return;
      case "read":
        void this.#listen().then((bell) => {
          this.#changes.push(assignChange(request, bell?.path, this.#context));
          this.work();
        });
        return;
      case "want":
        this.#reading.want(request.reader, request.topic);
        return;
      case "commit":
        this.#changes.push(commitChange(request, this.#context));
        return;
      case "leave":
        this.#leaving.push(request);
        return;
      case "close":
        this.#closing = request.number;
        return;
      default:
        this.#questions.push({ number: request.number, ask: (opened) => this.#answer(request, opened) });
    }
  }

  work(): void {
    try {
      if (this.#changes.length > 0 || this.#questions.length > 0 || !this.#reading.empty) this.#worked(this.#open());
    } catch (error) {
      this.#fail(error);
    }
    this.#leave();
    this.#output.flush();
    if (this.#closing !== undefined) this.#close(this.#closing);
  }

  #worked(opened: Opened): void {
    const changes = this.#changes;
    this.#changes = [];
    commitTogether(opened.transactions, changes, () => opened.topics.forget());
    this.#ring(opened);
    this.#output.flush();
    const questions = this.#questions;
    this.#questions = [];
    for (const { number, ask } of questions) {
      try {
        this.#output.reply(ask(opened));
      } catch (error) {
        this.#output.reply({ kind: "failed", number, failure: failureOf(error, this.#options) });
      }
    }
    this.#reading.serve(opened);
  }

  #answer(request: Extract<Request, { readonly kind: "open" | "everRead" }>, opened: Opened): Answer {
    const { number } = request;
    switch (request.kind) {
      case "open":
        return { kind: "done", number };
      case "everRead":
        return { kind: "everRead", number, ever: opened.readers.everRead(request.topic) };
    }
  }

  /** The open file; opened anew when another one lies under the path. */
  #open(): Opened {
    if (this.#opened !== undefined && identityOf(this.#options.file) !== this.#opened.identity) {
      this.#opened.connection.close();
      this.#opened = undefined;
      this.#reading.break(replacedFailure(this.#options));
    }
    if (this.#opened === undefined) {
      if (typeof this.#sqlite !== "function") throw new TaskwireError(this.#sqlite.code, this.#sqlite.message);
      this.#opened = openLogFile(this.#sqlite, this.#options);
    }
    return this.#opened;
  }

  /** The file cannot be used at the moment. */
  #fail(error: unknown): void {
    const failure = failureOf(error, this.#options);
    const changes = this.#changes;
    const questions = this.#questions;
    this.#changes = [];
    this.#questions = [];
    this.#appended.clear();
    for (const change of changes) change.failed(error);
    for (const { number } of questions) this.#output.reply({ kind: "failed", number, failure });
    this.#reading.break(failure);
  }

  #break(error: unknown): void {
    this.#reading.break(failureOf(error, this.#options));
    this.#output.flush();
  }

  /** Wakes the readers of other threads. */
  #ring(opened: Opened): void {
    for (const topic of this.#appended) {
      const bell = opened.readers.bell(topic);
      if (bell !== undefined && bell !== this.#ownBell) this.#ringer.ring(bell);
    }
    this.#appended.clear();
  }

  async #listen(): Promise<Bell | undefined> {
    this.#bell ??= Bell.listen(this.#options.file, () => this.work());
    if (this.#cancelPoll === undefined) this.#poll();
    const bell = await this.#bell;
    this.#ownBell = bell?.path ?? "";
    return bell;
  }

  #poll(): void {
    this.#cancelPoll = this.#clock.after(POLL_MS, () => {
      this.#poll();
      this.#look();
    });
  }

  /** Serves what arrived without a ring. */
  #look(): void {
    if (this.#reading.empty) return;
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
      this.#reading.leave(reader);
      this.#output.reply({ kind: "done", number });
    }
  }

  #close(number: number): void {
    this.#cancelPoll?.();
    this.#trimmer.stop();
    this.#ringer.close();
    void this.#bell?.then((bell) => bell?.close());
    try {
      this.#opened?.connection.close();
      this.#output.reply({ kind: "done", number });
    } catch (error) {
      this.#output.reply({ kind: "failed", number, failure: failureOf(error, this.#options) });
    }
    this.#opened = undefined;
    this.#closing = undefined;
    this.#output.flush();
    this.#output.end();
  }
}
