import type { Logger } from "../../base/logger.js";

/** Whether the disk of the in-flight file takes commits. */
export class Disk {
  readonly #file: string;
  readonly #logger: Logger;
  readonly #waiting: (() => void)[] = [];
  #follower: ((stuck: boolean) => void) | undefined;
  #problem: string | undefined;

  constructor(file: string, logger: Logger) {
    this.#file = file;
    this.#logger = logger;
  }

  /** Why it takes no commits; undefined while it does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** `problem` undefined: it takes commits again. */
  stuck(problem: string | undefined): void {
    this.#problem = problem;
    const file = this.#file;
    if (problem === undefined) this.#logger.info("the in-flight file takes commits again", { file });
    else {
      const message = "the in-flight file takes no commits; outcomes wait and reading is held back";
      this.#logger.error(message, { file, error: problem });
      for (const resolve of this.#waiting.splice(0)) resolve();
    }
    this.#follower?.(problem !== undefined);
  }

  /** `follower` is called with each change, and at once when commits are not taken now. */
  follow(follower: (stuck: boolean) => void): void {
    this.#follower = follower;
    if (this.#problem !== undefined) follower(true);
  }

  /** Resolves when it takes no commits. */
  untilStuck(): Promise<void> {
    if (this.#problem !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
