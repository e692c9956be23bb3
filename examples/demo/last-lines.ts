import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Reads streams line by line and remembers the last lines. */
export class LastLines {
  readonly #limit: number;
  readonly #lines: string[] = [];
  readonly #onLine: (line: string) => void;

  constructor(limit: number, onLine: (line: string) => void) {
    this.#limit = limit;
    this.#onLine = onLine;
  }

  /** Keeps reading, so that the writer never waits for a full pipe. */
  follow(stream: Readable): void {
    createInterface({ input: stream }).on("line", (line) => {
      this.#lines.push(line);
      if (this.#lines.length > this.#limit) this.#lines.shift();
      this.#onLine(line);
    });
  }

  get lines(): readonly string[] {
    return [...this.#lines];
  }
}
