import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import SqliteDatabase from "better-sqlite3";
import type { EnvironmentModel, Model } from "taskwire/model";
import { expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { startScheduler } from "#runtime/scheduler/service.js";

const environment: EnvironmentModel = {
  name: "local",
  clusters: [{ name: "local", kind: "sqlite", file: "log.db" }],
  topics: [{ name: "tasks", cluster: "local", partitions: 1, deadLetter: "tasks-dlq", retry: "tasks" }],
  routes: [{ namespace: "*", topic: "tasks" }],
  pools: [],
};

const model: Model = {
  taskwire: 1,
  application: "test",
  hash: "",
  types: [],
  namespaces: [
    {
      name: "ticks",
      tasks: [
        {
          key: "often",
          name: "ticks.often",
          hash: "",
          parameters: [],
          processingDeadline: 30_000,
          atMostOnce: false,
          compression: "auto",
          schedule: {
            plan: { kind: "every", period: 1000 },
            words: "every second",
            missed: "skip",
            jitter: 0,
            enabled: true,
          },
        },
      ],
    },
  ],
  environments: [environment],
};

/** Open files of this process below the folder. */
function openBelow(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(folder) ? [target] : [];
    } catch {
      return [];
    }
  });
}

it.runIf(process.platform === "linux")(
  "a scheduler that cannot start leaves no file open, neither the log nor its marks",
  async () => {
    const data = mkdtempSync(join(tmpdir(), "taskwire-scheduler-"));
    try {
      const foreign = new SqliteDatabase(join(data, "local.schedule.db"));
      foreign.exec("CREATE TABLE something (of TEXT)");
      foreign.close();
      const start = startScheduler({ model, environment, dataFolder: data, logger: silentLogger });
      await expect(start).rejects.toMatchObject({ code: "marks_not_marks" });
      expect(openBelow(data)).toEqual([]);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  },
);
