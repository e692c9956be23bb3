import { type ModelHashes, type RawTopics, rawTopics } from "../../broker/index.js";
import { loadModel } from "../../model/load.js";
import type { EnvironmentModel, Model } from "../../model/model.js";
import { environmentOf, hashesOf } from "../options.js";

/** The model that a broker was started with, and the latest facts about its tasks. */
export class DevModel {
  readonly file: string;
  readonly environment: EnvironmentModel;
  readonly raw: RawTopics;
  readonly #environmentName: string;
  #hashes: ModelHashes;
  #current: Model;

  private constructor(file: string, environmentName: string, model: Model) {
    this.file = file;
    this.#environmentName = environmentName;
    this.environment = environmentOf(model, environmentName);
    this.raw = rawTopics(model, this.environment);
    this.#hashes = hashesOf(model);
    this.#current = model;
  }

  /** As it was read last. */
  get current(): Model {
    return this.#current;
  }

  /** Rejects as loadModel, and for an environment that the model does not have. */
  static async load(file: string, environmentName: string): Promise<DevModel> {
    return new DevModel(file, environmentName, await loadModel(file));
  }

  /** For the broker's status; follows the file. */
  get hashes(): ModelHashes {
    const model = this;
    return {
      get application() {
        return model.#hashes.application;
      },
      get byTask() {
        return model.#hashes.byTask;
      },
    };
  }

  /**
   * Reloads the file. Returns the differences, by name, from the model the broker was started with: these need a restart.
   * Rejects like loadModel; then nothing has changed.
   */
  async reload(): Promise<readonly string[]> {
    const model = await loadModel(this.file);
    const before = this.#hashes.application;
    this.#hashes = hashesOf(model);
    this.#current = model;
    const environment = model.environments.find(({ name }) => name === this.#environmentName);
    if (environment === undefined) return [`environment "${this.#environmentName}" was removed`];
    return [
      ...(before === model.application ? [] : [`the application changed from "${before}" to "${model.application}"`]),
      ...changes("cluster", this.environment.clusters, environment.clusters, ({ name }) => name),
      ...changes("topic", this.environment.topics, environment.topics, ({ name }) => name),
      ...changes("route", this.environment.routes, environment.routes, ({ namespace }) => namespace),
      ...changes("pool", this.environment.pools, environment.pools, ({ name }) => name),
      ...changes("raw topic", [...this.raw], [...rawTopics(model, environment)], ([topic]) => topic),
    ];
  }
}

function changes<T>(kind: string, before: readonly T[], after: readonly T[], nameOf: (each: T) => string): string[] {
  const old = new Map(before.map((each) => [nameOf(each), JSON.stringify(each)]));
  const found: string[] = [];
  for (const each of after) {
    const name = nameOf(each);
    const known = old.get(name);
    old.delete(name);
    if (known === undefined) found.push(`${kind} "${name}" was added`);
    else if (known !== JSON.stringify(each)) found.push(`${kind} "${name}" changed`);
  }
  return [...found, ...[...old.keys()].map((name) => `${kind} "${name}" was removed`)];
}
