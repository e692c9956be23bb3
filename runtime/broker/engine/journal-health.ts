import type { Logger } from "../../base/logger.js";

/** Whether the in-flight file takes commits: a full or failing disk does not. */
export class JournalHealth {
  readonly file: string;
  readonly #logger: Logger;
  readonly #followers: ((stuck: boolean) => void)[] = [];
  #problem: string | undefined;

  constructor(file: string, logger: Logger) {
    this.file = file;
    this.#logger = logger;
  }

  /** Why it takes no commits; undefined while it does. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** `problem`: why it takes no commits from now on; undefined: it takes them again. */
  stuck(problem: string | undefined): void {
    this.#problem = problem;
    const { file } = this;
    if (problem === undefined) this.#logger.info("the in-flight file takes commits again", { file });
    else {
      const message = "the in-flight file takes no commits; outcomes wait and reading is paused";
      this.#logger.error(message, { file, error: problem });
    }
    for (const follower of this.#followers) follower(problem !== undefined);
  }

  /** `follower` is called at each change, and at once when the file takes no commits now. */
  follow(follower: (stuck: boolean) => void): void {
    this.#followers.push(follower);
    if (this.#problem !== undefined) follower(true);
  }

  /** Resolves when it takes no commits. */
  untilStuck(): Promise<void> {
    return new Promise((resolve) => {
      this.follow((stuck) => {
        if (stuck) resolve();
      });
    });
  }
}
