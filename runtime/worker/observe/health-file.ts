import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { messageOf, TaskwireError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";

/** How often the file of a healthy worker is touched, milliseconds. */
const TOUCH_MS = 5000;

/** A file whose modification time is the last time that the worker could fetch work. */
export class HealthFile {
  readonly #path: string;
  readonly #log: Logger;
  #touchedAt: number | undefined;
  #touching = false;
  #broken = false;

  private constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /**
   * Creates the file and its folder. Its time is 1970 until the worker is healthy. Rejects with TaskwireError
   * `bad_health_file` if it cannot be written.
   */
  static async open(path: string, log: Logger): Promise<HealthFile> {
    try {
      await mkdir(dirname(path), { recursive: true });
      await touch(path, new Date(0));
    } catch (error) {
      throw new TaskwireError(
        "bad_health_file",
        `cannot write the health file ${path}: ${messageOf(error)}; expected --health-file PATH that this process may write`,
        { cause: error },
      );
    }
    return new HealthFile(path, log);
  }

  /** Touches the file, at most every 5 s. */
  alive(now: number): void {
    if (this.#touching || (this.#touchedAt !== undefined && now - this.#touchedAt < TOUCH_MS)) return;
    this.#touching = true;
    touch(this.#path, new Date())
      .then(
        () => {
          this.#touchedAt = now;
          this.#broken = false;
        },
        (error: unknown) => {
          if (!this.#broken)
            this.#log.error("cannot touch the health file", { file: this.#path, error: messageOf(error) });
          this.#broken = true;
        },
      )
      .finally(() => {
        this.#touching = false;
      });
  }
}

async function touch(path: string, time: Date): Promise<void> {
  const file = await open(path, "a");
  try {
    await file.utimes(time, time);
  } finally {
    await file.close();
  }
}
