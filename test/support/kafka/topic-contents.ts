import type { EnvironmentModel } from "taskwire/model";
import { readHead } from "#runtime/activation/encoding/head.js";
import type { Log } from "#runtime/log/port.js";
import type { Run } from "../contract/history.js";
import type { KafkaServer } from "./kafka-server.js";

/** The environment of the fault tests' tasks on a fresh topic of a Kafka. */
export async function onKafka(
  environment: EnvironmentModel,
  server: KafkaServer,
  topic: string,
  partitions: number,
): Promise<EnvironmentModel> {
  await server.create({ [topic]: partitions, [`${topic}-dlq`]: 1 });
  return {
    ...environment,
    clusters: [{ name: "general", kind: "kafka", brokers: [server.address()], tls: false }],
    topics: [{ name: topic, cluster: "general", partitions, deadLetter: `${topic}-dlq`, retry: topic }],
    routes: [{ namespace: "*", topic }],
    pools: environment.pools.map((pool) => ({ ...pool, topics: [topic], group: `${environment.name}.${topic}` })),
  };
}

/** A record of a topic. */
export interface Found {
  readonly partition: number;
  readonly offset: number;
  /** The id of its activation. */
  readonly id: string;
}

/** All records of a topic, and where each of its partitions ends at the moment. */
export async function recordsIn(
  log: Log,
  topic: string,
  partitions: number,
): Promise<{ readonly found: Found[]; readonly ends: ReadonlyMap<number, number> }> {
  const reader = log.read([topic], { group: `look at ${topic} ${Math.random()}`, journal: "the test" });
  const found: Found[] = [];
  const ends = new Map<number, number>();
  const open = new Set<number>();
  for await (const event of reader) {
    if (event.kind === "assigned") {
      ends.set(event.partition, event.end);
      if (event.first < event.end) open.add(event.partition);
    }
    if (event.kind === "batch") {
      for (const { offset, value } of event.records) {
        found.push({ partition: event.partition, offset, id: readHead(value).id });
        if (offset + 1 >= (ends.get(event.partition) ?? 0)) open.delete(event.partition);
      }
    }
    if (ends.size === partitions && open.size === 0) break;
  }
  await reader.close();
  return { found, ends };
}

/** Which activations the topic holds more than once: their producer had no answer and appended again. */
export function copiesIn(found: readonly Found[]): ReadonlyMap<string, number> {
  const copies = new Map<string, number>();
  for (const { id } of found) copies.set(id, (copies.get(id) ?? 0) + 1);
  return new Map([...copies].filter(([, count]) => count > 1));
}

/** Explains as many further runs of an activation as it has further records. */
export function byCopies(copies: ReadonlyMap<string, number>): (first: Run, second: Run) => boolean {
  const left = new Map([...copies].map(([id, count]) => [id, count - 1]));
  return (_first, { id }) => {
    const further = left.get(id) ?? 0;
    left.set(id, further - 1);
    return further > 0;
  };
}
