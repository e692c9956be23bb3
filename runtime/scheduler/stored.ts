import { existsSync } from "node:fs";
import { messageOf, TaskwireError } from "../base/errors.js";
import { newId } from "../base/ids.js";
import type { Logger } from "../base/logger.js";
import type { LogClient } from "../client/client.js";
import type { ClusterModel, EnvironmentModel, Model } from "../model/model.js";
import { type Entry, entriesOf } from "./entry.js";
import { watermarksFile, watermarksOf } from "./service.js";
import type { EntryState, Watermarks } from "./watermarks.js";

const READ_MS = 10_000;

interface StoredOptions {
  readonly model: Model;
  readonly environment: EnvironmentModel;
  /** Where embedded clusters are stored. */
  readonly dataFolder: string;
  readonly client: LogClient;
  readonly logger: Logger;
}

/** The schedules of an environment and what is stored of them, for people; nothing is started from here. */
export class StoredSchedules implements AsyncDisposable {
  /** In the order of the schema. */
  readonly entries: readonly Entry[];
  readonly #options: StoredOptions;
  readonly #opened = new Map<ClusterModel, Promise<Watermarks>>();

  /** Throws as entriesOf. */
  constructor(options: StoredOptions) {
    this.#options = options;
    this.entries = entriesOf(options.model, options.environment);
  }

  /** Rejects as watermarks(). Creates no file: a data folder without one has seen no scheduler. */
  async stateOf(entry: Entry): Promise<EntryState> {
    const { kind, name } = entry.cluster;
    const { dataFolder } = this.#options;
    if (kind === "sqlite" && existsSync(dataFolder) && !existsSync(watermarksFile(name, dataFolder))) return {};
    return (await this.watermarks(entry)).stateOf(entry.facts.name);
  }

  /**
   * Those of the entry's cluster, read to their end. Rejects with TaskwireError `memory_schedule` for a cluster that only is in
   * another process, `schedule_unreadable`, and what opening throws; the next call tries again.
   */
  watermarks({ cluster }: Entry): Promise<Watermarks> {
    const known = this.#opened.get(cluster);
    if (known !== undefined) return known;
    const opening = this.#open(cluster, () => this.#forget(cluster, opening));
    this.#opened.set(cluster, opening);
    opening.catch(() => this.#forget(cluster, opening));
    return opening;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    this.#opened.clear();
    for (const each of opened) if (each.status === "fulfilled") await each.value.close();
  }

  #forget(cluster: ClusterModel, opening: Promise<Watermarks>): void {
    if (this.#opened.get(cluster) === opening) this.#opened.delete(cluster);
  }

  /** `ended`: called when they can no longer be read. */
  async #open(cluster: ClusterModel, ended: () => void): Promise<Watermarks> {
    const { environment, client, logger } = this.#options;
    if (cluster.kind === "memory") {
      throw new TaskwireError(
        "memory_schedule",
        `cluster "${cluster.name}" of environment "${environment.name}" is in another process's memory; its schedules cannot be paused from here`,
      );
    }
    let failed: (error: unknown) => void = () => {};
    const unreadable = new Promise<never>((_, reject) => {
      failed = reject;
    });
    // Its own group, so that the scheduler that owns the topic keeps it.
    const reader = { name: newId(), failed: (error: unknown) => failed(error) };
    const watermarks = await watermarksOf(cluster, client, { ...this.#options, entries: this.entries, reader });
    const late = setTimeout(
      () => failed(new TaskwireError("schedule_unreadable", `no answer from cluster "${cluster.name}" within 10 s`)),
      READ_MS,
    );
    try {
      await Promise.race([readToEnd(watermarks), unreadable]);
    } catch (error) {
      await watermarks.close();
      throw error;
    } finally {
      clearTimeout(late);
    }
    failed = (error) => {
      ended();
      logger.warn("the state of the schedules is no longer read; it is read again when it is asked for", {
        cluster: cluster.name,
        error: messageOf(error),
      });
      watermarks.close().catch((also: unknown) => logger.warn("closing it failed", { error: messageOf(also) }));
    };
    return watermarks;
  }
}

/** Opens it; resolves when all that there is was read. */
function readToEnd(watermarks: Watermarks): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (watermarks.owned) resolve();
    };
    watermarks.open(look).then(look, reject);
  });
}
