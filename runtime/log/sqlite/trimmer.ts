import { codeOf } from "../../base/errors.js";
import { inTransaction } from "./group.js";
import type { Opened } from "./opened.js";

/** Settled records wait so long for their deletion when no commit takes a full slice along. */
const IDLE_MS = 1000;

/** Deletes settled records while nothing else is to be done, slice by slice. */
export class Trimmer {
  readonly #opened: () => Opened;
  readonly #onError: (error: unknown) => void;
  readonly #due = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(opened: () => Opened, onError: (error: unknown) => void) {
    this.#opened = opened;
    this.#onError = onError;
  }

  /** A position of the topic was stored. */
  note(topic: string): void {
    this.#due.add(topic);
    this.#timer ??= setTimeout(() => this.#slice(), IDLE_MS).unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#due.clear();
  }

  #slice(): void {
    this.#timer = undefined;
    const [topic] = this.#due;
    if (topic === undefined) return;
    try {
      const opened = this.#opened();
      const more = inTransaction(
        opened.connection,
        () => opened.readers.trim(topic),
        () => opened.topics.forget(),
      );
      if (!more) this.#due.delete(topic);
    } catch (error) {
      // A lock or a full disk passes; the next stored position tries again.
      this.#due.clear();
      if (!/^SQLITE_(BUSY|FULL)/.test(codeOf(error))) this.#onError(error);
      return;
    }
    // Requests that arrived meanwhile come first.
    if (this.#due.size > 0) this.#timer = setTimeout(() => this.#slice(), 0).unref();
  }
}
