import { mkdirSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { messageOf, TaskwireError } from "../base/errors.js";
import type { ClusterModel } from "../model/model.js";
import { resolveCluster } from "../model/variables.js";
import type { Log } from "./port.js";

/**
 * Opens the log of a cluster. Implementations are loaded when they are used, so that a producer for Kafka loads no SQLite.
 * `environment`: the cluster's environment, for messages.
 */
export async function openLog(declared: ClusterModel, dataFolder: string, environment?: string): Promise<Log> {
  const cluster = resolveCluster(declared, process.env, environment);
  switch (cluster.kind) {
    case "sqlite": {
      const file = logFile(cluster.name, cluster.file, dataFolder);
      const { sqliteLog } = await import("./sqlite/log.js");
      return openedOrClosed(sqliteLog({ file }));
    }
    case "memory": {
      const { sharedMemoryLog } = await import("./memory/shared.js");
      return sharedMemoryLog(`${resolve(dataFolder)}\0${cluster.name}`);
    }
    case "kafka": {
      const { kafkaLog } = await kafka();
      return openedOrClosed(kafkaLog({ cluster, environment }));
    }
  }
}

async function kafka(): Promise<typeof import("./kafka/log.js")> {
  try {
    return await import("./kafka/log.js");
  } catch (error) {
    if (!/^Dynamic require of/.test(messageOf(error))) throw error;
    throw new TaskwireError(
      "bundled",
      `kafkajs cannot be loaded from this bundle (${messageOf(error)}); leave taskwire external when you bundle, or begin the bundle with a \`require\` (esbuild: --banner:js); see docs/guide/bundling.md`,
      { cause: error },
    );
  }
}

async function openedOrClosed<L extends Log & { open(): Promise<void> }>(log: L): Promise<L> {
  try {
    await log.open();
  } catch (error) {
    // The error of opening says more than one of closing.
    await log.close().catch(() => {});
    throw error;
  }
  return log;
}

/** The absolute path of an embedded log; creates its folder. Throws when the path is outside of the data folder. */
function logFile(cluster: string, file: string, dataFolder: string): string {
  const folder = resolve(dataFolder);
  const path = resolve(folder, file);
  const inside = relative(folder, path);
  if (inside === "" || inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new TaskwireError(
      "log_outside_data_folder",
      `cluster "${cluster}": expected a file inside the data folder ${folder}, got "${file}"; write a plain name such as "sqlite: log.db"`,
    );
  }
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw new TaskwireError(
      "log_not_writable",
      `cannot create the folder of the log ${path}: ${messageOf(error)}; pass another data folder with --data DIR or TASKWIRE_DATA`,
      { cause: error },
    );
  }
  return path;
}
