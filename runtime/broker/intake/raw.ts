import { MOST_HEADER_BYTES } from "../../activation/encoding/bounds.js";
import { encodeActivation } from "../../activation/encoding/codec.js";
import { LARGEST_RAW_BYTES, rawActivation, rawId } from "../../activation/raw.js";
import { factsOfModel, type TaskFacts } from "../../activation/task.js";
import { TaskwireError } from "../../base/errors.js";
import type { ReadRecord } from "../../log/port.js";
import type { EnvironmentModel, Model, TopicModel } from "../../model/model.js";
import type { Arrival } from "../inflight/events.js";

/** The task of each raw topic: its records become activations of that task. */
export type RawTopics = ReadonlyMap<string, TaskFacts>;

/** The raw topics of an environment. */
export function rawTopics(model: Model, { topics }: EnvironmentModel): RawTopics {
  const found = new Map<string, TaskFacts>();
  for (const topic of topics) {
    const namespace = model.namespaces.find(({ name }) => name === topic.raw);
    const task = namespace?.tasks.find(({ name }) => name === namespace.raw?.task);
    if (namespace !== undefined && task !== undefined) found.set(topic.name, factsOfModel(model, namespace, task));
  }
  return found;
}

/** Throws TaskwireError `raw_task_missing`: without its task every record of a raw topic would be a dead letter. */
export function checkRawTopics(topics: ReadonlyMap<string, { readonly topic: TopicModel }>, raw: RawTopics): void {
  for (const [name, { topic }] of topics) {
    const { raw: namespace } = topic;
    if (namespace === undefined || raw.has(name)) continue;
    throw new TaskwireError(
      "raw_task_missing",
      `topic "${name}" holds raw records of namespace "${namespace}", whose task the model does not have; run \`npx taskwire codegen\` and start the broker with its taskwire.json`,
    );
  }
}

/** The activation that a raw record becomes. The same record gets the same id when it is read again. */
export function rawArrival(
  facts: TaskFacts,
  topic: string,
  partition: number,
  record: ReadRecord,
  now: number,
): Arrival {
  const { offset, value } = record;
  const refused = refusal(record);
  if (refused !== undefined) return { offset, payload: value, ...refused };
  const activation = rawActivation(facts, rawId({ topic, partition, offset }), record, now);
  const { parameters: _, ...head } = activation;
  return { offset, payload: encodeActivation(activation), head };
}

function refusal({
  key = "",
  value,
  headers,
}: ReadRecord): Pick<Extract<Arrival, { poison: unknown }>, "poison" | "error"> | undefined {
  if (value.length > LARGEST_RAW_BYTES) {
    return {
      poison: "oversized",
      error: `a raw record of ${value.length} bytes; at most ${LARGEST_RAW_BYTES} are allowed`,
    };
  }
  let bytes = Buffer.byteLength(key);
  for (const [name, text] of Object.entries(headers ?? {})) bytes += Buffer.byteLength(name) + Buffer.byteLength(text);
  if (bytes <= MOST_HEADER_BYTES) return undefined;
  return { poison: "undecodable", error: `the key and headers are more than ${MOST_HEADER_BYTES} bytes` };
}
