import { messageOf } from "../base/errors.js";
import { dataPath } from "../base/files/data-folder.js";
import { silentLogger } from "../base/logger.js";
import type { EnvironmentModel, Model } from "../model/model.js";
import type { Schedules } from "../operations/diagnose/causes/schedules.js";
import type { Observed } from "../operations/diagnose/finding.js";

interface Options {
  readonly model: Model;
  readonly environment: EnvironmentModel;
  /** The folder that --data names. */
  readonly data: string | undefined;
  readonly observed: readonly Observed[];
}

/**
 * The schedules of the environment with what is stored of them, for findings. Those in the memory of another process are not
 * known, nor those of an embedded log in another data folder than the brokers'; undefined: none is. Rejects as entriesOf throws.
 */
export async function knownSchedules({ model, environment, data, observed }: Options): Promise<Schedules | undefined> {
  if (!model.namespaces.some(({ tasks }) => tasks.some(({ schedule }) => schedule !== undefined))) return undefined;
  const { StoredSchedules, scheduleRow } = await import("../scheduler/index.js");
  const { LogClient } = await import("../client/client.js");
  const dataFolder = dataPath(data) ?? "";
  const isShared = observed.some(({ status }) => status.data === dataFolder);
  const client = new LogClient(environment, { dataFolder });
  await using schedules = new StoredSchedules({ model, environment, dataFolder, client, logger: silentLogger });
  const readable = schedules.entries.filter(
    ({ cluster: { kind } }) => kind === "kafka" || (kind === "sqlite" && isShared),
  );
  const now = Date.now();
  const problems: string[] = [];
  const rows = await Promise.all(
    readable.map(async (entry) => {
      const state = await schedules.stateOf(entry).catch((error: unknown) => {
        problems.push(messageOf(error));
        return undefined;
      });
      return scheduleRow(entry, state, now);
    }),
  );
  await client.close();
  return { schedules: rows, environment: environment.name, problem: problems[0] ?? null };
}
