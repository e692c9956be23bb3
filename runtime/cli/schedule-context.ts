import { messageOf } from "../base/errors.js";
import { dataFolderFor } from "../base/files/data-folder.js";
import { LogClient } from "../client/client.js";
import type { Model } from "../model/model.js";
import { StoredSchedules, scheduleRow } from "../scheduler/index.js";
import { environmentOf, modelOf } from "./options.js";
import { processLogger } from "./output/logger.js";
import { whenInterrupted } from "./signals.js";

export interface ScheduleFlags {
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly json?: boolean;
}

type Entry = StoredSchedules["entries"][number];

/** A schedule as people see it. */
export type Row = ReturnType<typeof scheduleRow>;

/** What the `schedule` commands work on. */
interface ScheduleContext extends AsyncDisposable {
  readonly model: Model;
  readonly client: LogClient;
  readonly schedules: StoredSchedules;
  /** If its state cannot be read, the error is written to stderr, once for each cluster, and the state is not known. */
  rowOf(entry: Entry, now: number): Promise<Row>;
}

export async function openSchedules(flags: ScheduleFlags): Promise<ScheduleContext> {
  const model = await modelOf(flags.model);
  whenInterrupted("stopped before the command finished; `taskwire schedule list` shows the present state");
  const environment = environmentOf(model, flags.env);
  const embedded = environment.clusters.some(({ kind }) => kind !== "kafka");
  const dataFolder = embedded ? dataFolderFor("the embedded log and the schedules' watermarks", flags.data) : "";
  const client = new LogClient(environment, { dataFolder });
  const schedules = new StoredSchedules({ model, environment, dataFolder, client, logger: processLogger() });
  const unread = new Set<string>();

  const stateOf = async (entry: Entry) => {
    const { name, kind } = entry.cluster;
    if (kind === "memory" || unread.has(name)) return undefined;
    try {
      return await schedules.stateOf(entry);
    } catch (error) {
      unread.add(name);
      process.stderr.write(`taskwire: cannot tell which schedules are paused: ${messageOf(error)}\n`);
      return undefined;
    }
  };
  return {
    model,
    client,
    schedules,
    rowOf: async (entry, now) => scheduleRow(entry, await stateOf(entry), now),
    async [Symbol.asyncDispose]() {
      await schedules[Symbol.asyncDispose]();
      await client.close();
    },
  };
}
