import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Effect, Event } from "#runtime/broker/inflight/events.js";
import type { Changes, Recovered } from "#runtime/broker/inflight/persisted.js";
import type { StoredRow } from "#runtime/broker/inflight/row.js";
import { openStore } from "#runtime/broker/journal/open.js";
import type { Store } from "#runtime/broker/journal/store.js";
import { isDamage } from "#runtime/broker/journal/tables/damage.js";
import { FIRST_PART, type FindTurn } from "#runtime/broker/journal/tables/found-rows.js";

type Question = Extract<Effect, { kind: "load" | "unpark" | "find" | "page" }>;

/** A real journal store in a folder of its own. Answers wait until the test lets them through. */
export class SimulatedJournal {
  recovered: Omit<Recovered, "kind">;
  /** Commits on disk of which the machine does not know yet. */
  unacknowledged: number[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), "taskwire-property-"));
  readonly #file = join(this.#folder, "p.inflight.db");
  #store: Store;
  #isOpen = true;
  /** Questions that were not read yet, and answers that were not let through: at most one of a kind. */
  readonly #asked = new Map<Question["kind"], Question>();
  readonly #answers = new Map<Question["kind"], Event>();

  constructor() {
    ({ store: this.#store, recovered: this.recovered } = openStore(this.#file, {}));
  }

  /** Puts the changes on disk; false when the file turned out to be damaged. */
  commit(changes: Changes): boolean {
    if (!this.#use(() => this.#store.commit(changes, changes.inserts))) return false;
    this.unacknowledged.push(changes.number);
    return true;
  }

  ask(question: Question): void {
    const { kind } = question;
    if (this.#asked.has(kind) || this.#answers.has(kind)) throw new Error(`two ${kind}s at once`);
    this.#asked.set(kind, question);
  }

  /** Whether a question waits that has not been read yet. */
  waits(kind: Question["kind"]): boolean {
    return this.#asked.has(kind);
  }

  /** Reads what was asked; false when the file turned out to be damaged. */
  read(kind: Question["kind"]): boolean {
    const question = this.#asked.get(kind);
    if (question === undefined) return true;
    this.#asked.delete(kind);
    return this.#use(() => void this.#answers.set(kind, this.#answerTo(question)));
  }

  /** The answer that was read, once. */
  answer(kind: Question["kind"]): Event | undefined {
    const answer = this.#answers.get(kind);
    this.#answers.delete(kind);
    return answer;
  }

  /** Closes the file as the end of the process does: what waits is lost. */
  stop(): void {
    this.#store.close();
    this.#isOpen = false;
    this.#asked.clear();
    this.#answers.clear();
    this.unacknowledged = [];
  }

  /** Opens the file again; says whether it was rebuilt, and whether its identity is another one then. */
  start(): { readonly rebuilt: boolean; readonly foreign: boolean } {
    ({ store: this.#store, recovered: this.recovered } = openStore(this.#file, {}));
    this.#isOpen = true;
    const { quarantine } = this.#store;
    return { rebuilt: quarantine !== undefined, foreign: quarantine !== undefined && !quarantine.uuidKept };
  }

  /** Flips bits of the closed file; places are shares of its size. */
  flip(places: readonly number[]): void {
    const file = openSync(this.#file, "r+");
    const { size } = fstatSync(file);
    const byte = Buffer.alloc(1);
    for (const place of places) {
      const at = Math.floor(place * size);
      readSync(file, byte, 0, 1, at);
      byte.writeUInt8(byte.readUInt8() ^ 0x5a);
      writeSync(file, byte, 0, 1, at);
    }
    closeSync(file);
  }

  /** Rows that the journal held when it was opened. */
  get rows(): number {
    const { rows, counted } = this.recovered;
    return rows.length + counted.reduce((sum, { count }) => sum + count, 0);
  }

  remove(): void {
    if (this.#isOpen) this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answerTo(question: Question): Event {
    if (question.kind === "unpark") return { kind: "unparked", rows: this.#store.unpark(question) };
    if (question.kind === "find") return { kind: "found", act: question.act, rows: this.#find(question.ids) };
    if (question.kind === "page") return { kind: "found", act: question.act, ...this.#store.page(question.request) };
    return { kind: "loaded", ...this.#store.load(question.after, question.dueBefore, question.limit) };
  }

  /** Turn by turn, as the journal's thread. */
  #find(ids: readonly string[]): StoredRow[] {
    const rows: StoredRow[] = [];
    for (let after: number | undefined = FIRST_PART; after !== undefined; ) {
      const turn: FindTurn = this.#store.find(ids, false, after);
      rows.push(...turn.rows);
      after = turn.next;
    }
    return rows;
  }

  /** As the journal's thread: a damaged file is marked, and the broker starts again. */
  #use(use: () => void): boolean {
    try {
      use();
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#store.markDamaged(error);
      return false;
    }
  }
}
