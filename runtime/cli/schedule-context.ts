import { messageOf, TaskwireError } from "../base/errors.js";
import { dataFolderFor } from "../base/files/data-folder.js";
import { newId } from "../base/ids.js";
import { LogClient } from "../client/client.js";
import type { ClusterModel, Model } from "../model/model.js";
import { type Entry, type EntryState, entriesOf, type Watermarks, watermarksOf } from "../scheduler/index.js";
import { environmentOf, modelOf } from "./options.js";
import { processLogger } from "./output/logger.js";
import { whenInterrupted } from "./signals.js";

export interface ScheduleFlags {
  readonly model?: string;
  readonly env: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** What the `schedule` commands work on. */
export interface ScheduleContext extends AsyncDisposable {
  readonly model: Model;
  readonly entries: readonly Entry[];
  readonly client: LogClient;
  /** The stored state of the entry. If it cannot be read, the error is written to stderr and the state is empty. */
  stateOf(entry: Entry): Promise<EntryState>;
  /** Opened. Throws TaskwireError `memory_schedule` for a cluster that only lives inside another process. */
  watermarks(entry: Entry): Promise<Watermarks>;
}

const READ_MS = 10_000;

export async function openSchedules(flags: ScheduleFlags): Promise<ScheduleContext> {
  const model = await modelOf(flags.model);
  whenInterrupted("stopped before the command finished; `taskwire schedule list` shows the present state");
  const environment = environmentOf(model, flags.env);
  const embedded = environment.clusters.some(({ kind }) => kind !== "kafka");
  const folder = embedded ? dataFolderFor("the embedded log and the schedules' watermarks", flags.data) : "";
  const client = new LogClient(environment, { dataFolder: folder });
  const entries = entriesOf(model, environment);
  const opened = new Map<ClusterModel, Promise<Watermarks>>();

  const openWatermarks = async (cluster: ClusterModel): Promise<Watermarks> => {
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
    const context = { model, environment, dataFolder: folder, logger: processLogger(), entries, reader };
    const watermarks = await watermarksOf(cluster, client, context);
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
    return watermarks;
  };
  const watermarks = ({ cluster }: Entry): Promise<Watermarks> => {
    const known = opened.get(cluster) ?? openWatermarks(cluster);
    opened.set(cluster, known);
    return known;
  };

  return {
    model,
    entries,
    client,
    watermarks,
    async stateOf(entry) {
      if (entry.cluster.kind === "memory") return {};
      const first = !opened.has(entry.cluster);
      try {
        return (await watermarks(entry)).stateOf(entry.facts.name);
      } catch (error) {
        if (first) process.stderr.write(`taskwire: cannot tell which schedules are paused: ${messageOf(error)}\n`);
        return {};
      }
    },
    async [Symbol.asyncDispose]() {
      for (const each of await Promise.allSettled(opened.values())) {
        if (each.status === "fulfilled") await each.value.close();
      }
      await client.close();
    },
  };
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
