import { z } from "zod";
import type { Activation } from "#runtime/activation/activation.js";
import { decodeActivation } from "#runtime/activation/encoding/codec.js";
import { record } from "#runtime/activation/parameter/record.js";
import type { TaskSpec } from "#runtime/activation/task.js";
import { LogClient } from "#runtime/client/client.js";
import { connect } from "#runtime/client/connect.js";
import type { Log, LogRecord, Position } from "#runtime/log/port.js";
import type { EnvironmentModel } from "#runtime/model/model.js";

interface Webhook {
  group_id: number;
  note?: string | undefined;
}

export const environment: EnvironmentModel = {
  name: "split",
  clusters: [{ name: "memory", kind: "memory" }],
  topics: [topic("kafka-issues"), topic("kafka-rest")],
  routes: [
    { namespace: "issues", topic: "kafka-issues" },
    { namespace: "*", topic: "kafka-rest" },
  ],
  pools: [],
};

function topic(name: string): EnvironmentModel["topics"][number] {
  return { name, cluster: "memory", partitions: 1, deadLetter: `${name}-dlq`, retry: name };
}

export function webhookSpec(change: Partial<TaskSpec<Webhook, Webhook>> = {}): TaskSpec<Webhook, Webhook> {
  return {
    key: "issues.deliver",
    name: "sentry.issues.deliver",
    namespace: "issues",
    application: "sentry",
    hash: "0",
    processingDeadline: 30_000,
    parameters: () => record<Webhook, Webhook>({ group_id: z.int(), note: z.string().optional() }),
    environments: () => ({ [environment.name]: environment }),
    ...change,
  };
}

/** Keeps what is appended; `refuse` says which append (0 = the first) fails. */
export class RecordingLog implements Log {
  readonly appends: { readonly topic: string; readonly records: readonly LogRecord[] }[] = [];
  refuse = Number.POSITIVE_INFINITY;
  closed = 0;

  async append(topic: string, records: readonly LogRecord[]): Promise<Position[]> {
    if (this.appends.length >= this.refuse) throw new Error("the disk is full");
    this.appends.push({ topic, records });
    return records.map((_, offset) => ({ topic, partition: 0, offset }));
  }

  read(): never {
    throw new Error("producers read nothing");
  }

  async everRead(): Promise<boolean> {
    return true;
  }

  partitions(): never {
    throw new Error("producers browse nothing");
  }

  browse(): never {
    throw new Error("producers browse nothing");
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  get activations(): Activation[] {
    return this.appends.flatMap(({ records }) => records.map(({ value }) => decodeActivation(value)));
  }
}

/** The process's client over that log. */
export async function connectTo(log: Log): Promise<LogClient> {
  const client = await connect(environment);
  if (!(client instanceof LogClient)) throw new Error("connect() gave another client");
  client.log = async () => log;
  return client;
}
