import { systemClock } from "../base/clock.js";
import { dataPath } from "../base/files/data-folder.js";
import { LettersInLog } from "../broker/index.js";
import { LogPort } from "../front/letters/log-port.js";
import type { EnvironmentModel } from "../model/model.js";
import { processLogger } from "./output/logger.js";

/** The logs of an environment's pools, for dead letters while no broker answers. They are opened when they are needed. */
export class PoolLogs {
  readonly #environment: () => Promise<EnvironmentModel | undefined>;
  readonly #data: string | undefined;
  #opened: Promise<readonly LettersInLog[]> | undefined;

  /** `environment`: undefined when no model says what it has. `data`: the folder of embedded logs, as --data. */
  constructor(environment: () => Promise<EnvironmentModel | undefined>, data: string | undefined) {
    this.#environment = environment;
    this.#data = data;
  }

  readonly all = async (): Promise<readonly LogPort[]> => {
    this.#opened ??= this.#found();
    return (await this.#opened).map((letters) => new LogPort(letters));
  };

  async close(): Promise<void> {
    for (const letters of (await this.#opened) ?? []) await letters.close();
  }

  async #found(): Promise<readonly LettersInLog[]> {
    const environment = await this.#environment();
    if (environment === undefined) return [];
    const dataFolder = dataPath(this.#data);
    const shared = { environment, dataFolder, clock: systemClock(), logger: processLogger() };
    return environment.pools.map((pool) => new LettersInLog({ ...shared, pool }));
  }
}
