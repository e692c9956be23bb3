import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { openLog } from "../../log/open.js";
import type { EnvironmentModel, PoolModel } from "../../model/model.js";
import { OperationError } from "../../operations/errors.js";
import { type Caller, type EncodedAnswer, encodedAnswer, type Verb } from "../../operations/verb.js";
import type { VerbName } from "../../operations/verbs.js";
import { clustersOf, logsOf, openTopics } from "../intake/topics.js";
import { Letters } from "../letters/letters.js";
import { sourcesOf } from "../letters/sources.js";
import { exportVerb } from "../letters/verbs/export.js";
import { listVerbs } from "../letters/verbs/list.js";

interface LettersInLogOptions {
  readonly environment: EnvironmentModel;
  readonly pool: PoolModel;
  /** The folder of embedded logs; undefined: there is none. */
  readonly dataFolder: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Opened {
  readonly verbs: ReadonlyMap<VerbName, Verb>;
  close(): Promise<void>;
}

/**
 * The dead letters of a pool, read from its logs by a process that is no broker. Logs are opened at the first question. The
 * index is a file of its own in the folder for temporary files: that of a broker belongs to the broker.
 */
export class LettersInLog {
  readonly environment: string;
  readonly pool: string;
  readonly #options: LettersInLogOptions;
  #opened: Promise<Opened> | undefined;

  constructor(options: LettersInLogOptions) {
    this.environment = options.environment.name;
    this.pool = options.pool.name;
    this.#options = options;
  }

  /** `verb`: one that shows dead letters. Rejects with OperationError, `letters_unavailable` when a log cannot be opened. */
  async run(verb: VerbName, request: object, caller: Caller): Promise<EncodedAnswer> {
    const { verbs } = await this.#open();
    const found = verbs.get(verb);
    if (found === undefined) throw new Error(`a log does not answer ${verb}`);
    return encodedAnswer(await found.run(JSON.parse(JSON.stringify(request)), caller));
  }

  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    // One that could not be opened has closed what it had.
    await opened?.then(
      ({ close }) => close(),
      () => {},
    );
  }

  #open(): Promise<Opened> {
    if (this.#opened !== undefined) return this.#opened;
    const opened = this.#start();
    this.#opened = opened;
    opened.catch(() => {
      if (this.#opened === opened) this.#opened = undefined;
    });
    return opened;
  }

  async #start(): Promise<Opened> {
    const { environment, pool, dataFolder, clock, logger } = this.#options;
    const closes: (() => Promise<void>)[] = [];
    const close = async () => {
      for (const each of closes.splice(0).reverse()) await each();
    };
    try {
      for (const cluster of clustersOf(environment, pool))
        if (cluster.kind === "memory" || (cluster.kind === "sqlite" && !isIn(dataFolder, cluster.file)))
          throw this.#unavailable(
            cluster.kind === "memory"
              ? "the log is in the memory of another process"
              : `${dataFolder ?? "no data folder"} has no ${cluster.file}: pass the broker's data folder with --data`,
          );
      const logOf = logsOf(environment, dataFolder ?? "", openLog, (each) => closes.push(each));
      const topics = await openTopics(environment, pool, logOf).catch((error: unknown) => {
        throw this.#unavailable(messageOf(error), error);
      });
      const folder = await mkdtemp(join(tmpdir(), "taskwire-letters-"));
      closes.push(() => rm(folder, { recursive: true, force: true }));
      const sources = sourcesOf(environment, topics.values());
      const letters = new Letters({ file: join(folder, "letters.db"), sources, clock, logger });
      closes.push(() => letters.close());
      const verbs = [...listVerbs(letters, clock), exportVerb(letters, clock)];
      return { verbs: new Map(verbs.map((verb) => [verb.name, verb])), close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  #unavailable(why: string, cause?: unknown): OperationError {
    const message = `no broker of pool "${this.pool}" answers, and its dead letters cannot be read from the log: ${why}`;
    return new OperationError("unavailable", "letters_unavailable", message, { cause });
  }
}

function isIn(folder: string | undefined, file: string): boolean {
  return folder !== undefined && existsSync(join(folder, file));
}
