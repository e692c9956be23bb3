import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { codeOf } from "../errors.js";
import type { Logger } from "../logger.js";

/**
 * How often files are checked, milliseconds. Their content is compared, not their times: a change between the first
 * reading and the first check counts, and so does a link that points elsewhere now.
 */
const CHECK_EVERY_MS = 1000;

interface FollowedFilesOptions {
  readonly files: readonly string[];
  /** Reads the files and uses their content from now on; throws, and changes nothing, when it cannot be used. */
  readonly take: () => void;
  readonly taken: (logger: Logger) => void;
  readonly refused: (logger: Logger, error: unknown) => void;
}

/** Files that a process uses while it runs: they are reloaded when their content changes. */
export class FollowedFiles {
  readonly #options: FollowedFilesOptions;
  #seen: string;
  /** Why the last content is not in use, until that is reported. */
  #unreported: { readonly error: unknown } | undefined;

  /** Create it before the files are first read. */
  constructor(options: FollowedFilesOptions) {
    this.#options = options;
    this.#seen = fingerprintOf(options.files);
  }

  /** Reloads the files now, changed or not, and logs the result. */
  reload(logger: Logger): void {
    this.#take(logger);
    this.#report(logger);
  }

  /** Reloads the files whenever they change, until the returned function is called. Does not keep the process alive. */
  watch(logger: Logger): () => void {
    const timer = setInterval(() => this.#check(logger), CHECK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /** Files that cannot be used are reported once, by the second check that finds the same: they may be half replaced. */
  #check(logger: Logger): void {
    if (fingerprintOf(this.#options.files) === this.#seen) this.#report(logger);
    else this.#take(logger);
  }

  #take(logger: Logger): void {
    this.#unreported = undefined;
    this.#seen = fingerprintOf(this.#options.files);
    try {
      this.#options.take();
    } catch (error) {
      this.#unreported = { error };
      return;
    }
    this.#options.taken(logger);
  }

  #report(logger: Logger): void {
    if (this.#unreported === undefined) return;
    this.#options.refused(logger, this.#unreported.error);
    this.#unreported = undefined;
  }
}

function fingerprintOf(files: readonly string[]): string {
  return files
    .map((file) => {
      try {
        return createHash("sha256").update(readFileSync(file)).digest("hex");
      } catch (error) {
        return codeOf(error);
      }
    })
    .join();
}
