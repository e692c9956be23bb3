import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../support/processes/operating-system.js";
import { until } from "../../../support/waiting.js";
import { launched } from "./launched.js";
import type { Server } from "./server.js";

/** Sentry's taskbroker, built elsewhere, on SQLite, with its defaults but for its addresses. It reads the topic from its begin. */
export async function startRustBroker(program: string, kafka: string, topic: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "taskwire-bench-rust-"));
  const port = await freePort();
  const variables = {
    TASKBROKER_KAFKA_CLUSTER: kafka,
    TASKBROKER_KAFKA_TOPIC: topic,
    TASKBROKER_KAFKA_DEADLETTER_TOPIC: `${topic}-dlq`,
    TASKBROKER_KAFKA_CONSUMER_GROUP: topic,
    TASKBROKER_KAFKA_AUTO_OFFSET_RESET: "earliest",
    TASKBROKER_DB_PATH: join(folder, "inflight.sqlite"),
    TASKBROKER_GRPC_ADDR: "127.0.0.1",
    TASKBROKER_GRPC_PORT: String(port),
  };
  // It logs before it listens.
  const { pid, stop } = await launched(program, [], "", "SIGTERM", { env: { ...process.env, ...variables } });
  await until(() => listens(port));
  return {
    address: `127.0.0.1:${port}`,
    pid,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
