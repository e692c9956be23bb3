import { messageOf } from "../../base/errors.js";
import { type SchedulerService, startScheduler } from "../../scheduler/index.js";
import type { DevLog } from "./log.js";
import type { DevModel } from "./model.js";

/** The scheduler of `taskwire dev`; follows the model. */
export class DevSchedule {
  readonly #model: DevModel;
  readonly #dataFolder: string;
  readonly #log: DevLog;
  #service: SchedulerService | undefined;

  constructor(model: DevModel, dataFolder: string, log: DevLog) {
    this.#model = model;
    this.#dataFolder = dataFolder;
    this.#log = log;
  }

  /** Starts the schedules of the present model and stops the previous ones. Logs a schedule that cannot be started. */
  async follow(): Promise<void> {
    await this.stop();
    const { scheduler } = this.#log;
    try {
      const { current: model, environment } = this.#model;
      const service = await startScheduler({ model, environment, dataFolder: this.#dataFolder, logger: scheduler });
      this.#service = service;
      const tasks = service.entries.map(({ facts }) => facts.key).join(", ");
      if (tasks !== "") scheduler.info("scheduler is ready", { tasks });
    } catch (error) {
      scheduler.error("the schedules cannot be started; no scheduled task will run", { error: messageOf(error) });
    }
  }

  async stop(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    await service?.stop();
  }
}
