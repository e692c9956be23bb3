import { appendFile, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../../base/clock.js";
import { codeOf, messageOf } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import { within } from "../../../base/within.js";
import type { History } from "../history.js";
import { leftOutLine, lineOf } from "./line.js";
import { readBack } from "./read-back.js";

const EVERY_MS = 1000;
/** Ends written in one second at most. */
const MOST_ENDS = 500;
/** Bytes of one file, and number of files: the present one, and older ones, `.1.` the youngest. */
const LARGEST_BYTES = 16 * 1024 * 1024;
const FILES = 4;
/** A disk that takes nothing does not delay the stop for longer, milliseconds. */
const CLOSE_MS = 1000;

/** The present file of a pool's history, then the older ones. */
function historyFiles(folder: string, pool: string): string[] {
  const older = Array.from({ length: FILES - 1 }, (_, index) => `${pool}.${index + 1}.ndjson`);
  return [`${pool}.ndjson`, ...older].map((name) => join(folder, "history", name));
}

interface HistoryFileOptions {
  /** The data folder. */
  readonly folder: string;
  readonly pool: string;
  readonly history: History;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Bytes of one file; for tests. */
  readonly largest?: number;
}

/**
 * The history on disk: JSON lines, written once a second and never synced, so that a restart keeps the recent past. Nothing
 * depends on it: when it cannot be read or written, that is logged, and the ends of that time are missing in it.
 */
export class HistoryFile {
  readonly #options: HistoryFileOptions;
  readonly #files: readonly string[];
  readonly #largest: number;
  #size = 0;
  /** A kill has cut the last line: the next one begins on a line of its own. */
  #cut = false;
  /** The last write failed. */
  #failing = false;
  #writing: Promise<void> | undefined;
  #cancel: () => void = () => {};

  private constructor(options: HistoryFileOptions) {
    this.#options = options;
    this.#files = historyFiles(options.folder, options.pool);
    this.#largest = options.largest ?? LARGEST_BYTES;
  }

  /** Reads the last ends back into the history, and writes new ones from here on. */
  static async open(options: HistoryFileOptions): Promise<HistoryFile> {
    const file = new HistoryFile(options);
    await file.#readBack();
    file.#next();
    return file;
  }

  /** Writes what there is. */
  async close(): Promise<void> {
    this.#cancel();
    const written = (async () => {
      await this.#writing;
      await this.#write();
    })();
    await within(this.#options.clock, CLOSE_MS, written);
  }

  async #readBack(): Promise<void> {
    const { history, logger } = this.#options;
    try {
      const { size, whole } = await readBack(this.#files, this.#largest, (end) => history.restore(end));
      this.#size = size;
      this.#cut = !whole;
    } catch (error) {
      logger.warn("the history of ends cannot be read; it begins now", {
        file: this.#files[0],
        error: messageOf(error),
      });
    }
  }

  #next(): void {
    this.#cancel = this.#options.clock.after(EVERY_MS, () => {
      // While the disk is slow, ends wait in the history; what leaves it is not written.
      this.#writing ??= this.#write().finally(() => {
        this.#writing = undefined;
      });
      this.#next();
    });
  }

  async #write(): Promise<void> {
    const { history, clock, logger } = this.#options;
    const { ends, leftOut } = history.takeNew(MOST_ENDS);
    if (ends.length === 0) return;
    const lines = ends.map(lineOf);
    if (leftOut > 0) lines.push(leftOutLine(leftOut, clock.wall()));
    const [file = ""] = this.#files;
    try {
      await this.#append(file, `${this.#cut ? "\n" : ""}${lines.join("")}`);
      if (this.#failing) logger.info("the history of ends is written again", { file });
      this.#failing = false;
    } catch (error) {
      // The line may have been written in part.
      this.#cut = true;
      if (!this.#failing)
        logger.warn("the history of ends cannot be written; ends of this time will be missing after a restart", {
          file,
          error: messageOf(error),
        });
      this.#failing = true;
    }
  }

  async #append(file: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    if (this.#size > 0 && this.#size + bytes.length > this.#largest) await this.#rotate();
    await mkdir(dirname(file), { recursive: true });
    await appendFile(file, bytes, { mode: 0o600 });
    this.#cut = false;
    this.#size += bytes.length;
  }

  async #rotate(): Promise<void> {
    for (let age = this.#files.length - 2; age >= 0; age -= 1) {
      const [from = "", to = ""] = this.#files.slice(age, age + 2);
      try {
        await rename(from, to);
      } catch (error) {
        if (codeOf(error) !== "ENOENT") throw error;
      }
    }
    this.#size = 0;
  }
}
