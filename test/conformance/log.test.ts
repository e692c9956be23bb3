import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryLog } from "#runtime/log/memory/log.js";
import { sqliteLog } from "#runtime/log/sqlite/log.js";
import { exerciseLog } from "./log-conformance.js";

const MEMORY_LARGEST = 8 * 1024 * 1024;

exerciseLog("memory", {
  largestRecord: MEMORY_LARGEST,
  lacks: { reopening: "its records are gone with the process" },
  async make({ clock, partitions }) {
    const log = memoryLog({ clock, partitions: { wide: partitions }, maxRecordBytes: MEMORY_LARGEST });
    return {
      log,
      revoke: (topic, partition) => log.revoke(topic, partition),
      assign: (topic, partition) => log.assign(topic, partition),
    };
  },
});

exerciseLog("sqlite", {
  largestRecord: 64 * 1024 * 1024,
  lacks: {
    partitions: "a topic of the embedded log has one partition",
    revocation: "the embedded log takes a topic away only when another reader starts",
  },
  async make({ clock }) {
    const folder = await mkdtemp(join(tmpdir(), "taskwire-log-"));
    const file = join(folder, "log.db");
    const log = sqliteLog({ file, clock });
    let reopened = log;
    return {
      log,
      async reopen() {
        reopened = sqliteLog({ file, clock });
        return reopened;
      },
      async cleanUp() {
        await reopened.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});
