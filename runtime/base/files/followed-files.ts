import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { codeOf } from "../errors.js";
import type { Logger } from "../logger.js";

/**
 * How often files are looked at, milliseconds. What they hold is compared, not their times: a change between the first
 * reading and the first look counts, and so does a link that is turned.
 */
const LOOK_EVERY_MS = 1000;

interface FollowedFilesOptions {
  readonly files: readonly string[];
  /** Reads the files and puts what they hold into use; throws, and changes nothing, when it cannot be used. */
  readonly take: () => void;
  readonly taken: (logger: Logger) => void;
  readonly refused: (logger: Logger, error: unknown) => void;
}

/** Files that a process uses for as long as it runs: what they hold is taken again when it changes. */
export class FollowedFiles {
  readonly #options: FollowedFilesOptions;
  #seen: string;
  /** Why what was last seen is not in use, for as long as nobody was told. */
  #untold: { readonly error: unknown } | undefined;

  /** To be made before the files are first read. */
  constructor(options: FollowedFilesOptions) {
    this.#options = options;
    this.#seen = fingerprintOf(options.files);
  }

  /** Takes the files now, changed or not, and logs what came of it. */
  reload(logger: Logger): void {
    this.#take(logger);
    this.#report(logger);
  }

  /** Takes the files whenever they change, until the returned function is called. Keeps no process alive. */
  watch(logger: Logger): () => void {
    const timer = setInterval(() => this.#look(logger), LOOK_EVERY_MS).unref();
    return () => clearInterval(timer);
  }

  /** Files that cannot be used are reported once, at the second look that finds the same: they may be half replaced. */
  #look(logger: Logger): void {
    if (fingerprintOf(this.#options.files) === this.#seen) this.#report(logger);
    else this.#take(logger);
  }

  #take(logger: Logger): void {
    this.#untold = undefined;
    this.#seen = fingerprintOf(this.#options.files);
    try {
      this.#options.take();
    } catch (error) {
      this.#untold = { error };
      return;
    }
    this.#options.taken(logger);
  }

  #report(logger: Logger): void {
    if (this.#untold === undefined) return;
    this.#options.refused(logger, this.#untold.error);
    this.#untold = undefined;
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
