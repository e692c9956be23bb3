import { messageOf } from "../../../base/errors.js";
import type { Logger } from "../../../base/logger.js";
import { LogClient } from "../../../client/client.js";
import type { Model } from "../../../model/model.js";
import { OperationError } from "../../../operations/errors.js";
import { StoredSchedules } from "../../../scheduler/index.js";
import type { WebContext } from "../../context.js";

/** The first model and its environment, with what sends its tasks and keeps its schedules. */
interface Opened {
  readonly model: Model;
  readonly client: LogClient;
  readonly schedules: StoredSchedules;
}

/** Opened when it is first needed, and again when the model was replaced. */
export class Project {
  #opened: Opened | undefined;

  /** Throws OperationError `no_project` when the console has no model, or no data folder where one is needed. */
  of({ models, options, logger }: WebContext): Opened {
    const [model] = models();
    if (model === undefined || options.environment === null)
      throw noProject("it has no model: start it with --model FILE");
    if (this.#opened?.model === model) return this.#opened;
    const environment = model.environments.find(({ name }) => name === options.environment);
    if (environment === undefined) throw noProject(`the model has no environment "${options.environment}"`);
    const embedded = environment.clusters.some(({ kind }) => kind === "sqlite");
    if (embedded && options.dataFolder === undefined)
      throw noProject(
        `environment "${environment.name}" is embedded, and the console has no data folder: start it with --data DIR`,
      );
    const dataFolder = options.dataFolder ?? "";
    const client = new LogClient(environment, { dataFolder });
    const schedules = new StoredSchedules({ model, environment, dataFolder, client, logger });
    const before = this.#opened;
    this.#opened = { model, client, schedules };
    if (before !== undefined) void closed(before, logger);
    return this.#opened;
  }

  async close(logger: Logger): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    if (opened !== undefined) await closed(opened, logger);
  }
}

/** Closes what is no longer used; requests that use it still end first. */
async function closed({ schedules, client }: Opened, logger: Logger): Promise<void> {
  for (const close of [() => schedules[Symbol.asyncDispose](), () => client.close()]) {
    try {
      await close();
    } catch (error) {
      logger.warn("a log of the console did not close", { error: messageOf(error) });
    }
  }
}

function noProject(why: string): OperationError {
  return new OperationError("invalid", "no_project", `this console sends no tasks and knows no schedules: ${why}`);
}
