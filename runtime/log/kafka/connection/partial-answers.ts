import type { Cluster, Kafka } from "kafkajs";
import { TaskwireError } from "../../../base/errors.js";
import { type FetchedSection, sectionsOf } from "./fetch-answer.js";
import { mendConnections } from "./mended-connections.js";
import { unknownKafkajs } from "./unknown-kafkajs.js";

/** API keys of the protocol for requests whose answers have a result for each topic or partition. */
const PRODUCE = 0;
const FETCH = 1;
const LIST_OFFSETS = 2;
const METADATA = 3;
const OFFSET_COMMIT = 8;
const OFFSET_FETCH = 9;
const FIND_COORDINATOR = 10;
/**
 * Errors of a single partition: CORRUPT_MESSAGE, UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE,
 * NOT_LEADER_FOR_PARTITION, REPLICA_NOT_AVAILABLE, INVALID_TOPIC_EXCEPTION, TOPIC_AUTHORIZATION_FAILED,
 * KAFKA_STORAGE_ERROR, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH, OFFSET_NOT_AVAILABLE. Any other error in an
 * answer about positions concerns the group or the connection.
 */
const OWN = new Set([2, 3, 5, 6, 9, 17, 29, 56, 74, 75, 78]);

interface Answering {
  readonly decode: (bytes: Buffer) => Promise<unknown>;
  readonly parse: (answer: unknown) => Promise<unknown>;
}

interface Request {
  readonly request: { readonly apiKey: number; readonly apiVersion: number };
  readonly response: Answering;
}

/** A partition of an answer. Failed ones get the `error` that kafkajs would have thrown. */
interface Part {
  readonly partition: number;
  readonly errorCode: number;
  error?: unknown;
}

/** The partitions of one topic; kafkajs uses two names for the topic. */
interface Group {
  readonly topic?: string;
  readonly topicName?: string;
  readonly partitions: readonly Part[];
}

interface MetadataTopic {
  readonly topic: string;
  readonly topicErrorCode: number;
  readonly partitionMetadata: readonly unknown[];
}

/** Errors of topics in the last metadata, by name. */
const topicErrors = new WeakMap<Cluster, Map<string, unknown>>();
/** The error in the last answer that named no coordinator of a group. */
const coordinatorErrors = new WeakMap<Kafka, unknown>();

/**
 * Makes every connection of the client return answers in which some topics or partitions failed: those carry an `error`,
 * the others are as usual. kafkajs by itself throws the first error and drops the rest of the answer.
 */
export function keepPartialAnswers(kafka: Kafka): Kafka {
  const create = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === "private:Kafka:createCluster",
  );
  const made: unknown = create === undefined ? undefined : Reflect.get(kafka, create);
  if (create === undefined || typeof made !== "function") throw unknownKafkajs("createCluster");
  Reflect.set(kafka, create, (...options: unknown[]) => {
    const cluster: Cluster = Reflect.apply(made, kafka, options);
    tapConnections(kafka, cluster);
    return cluster;
  });
  return kafka;
}

/** The error of a topic in the last metadata; undefined when there was none. */
export function topicError(cluster: Cluster, topic: string): unknown {
  return topicErrors.get(cluster)?.get(topic);
}

/** Why no coordinator of a group was found: kafkajs drops the reason. Any other error is returned as it is. */
export function coordinatorError(kafka: Kafka, error: unknown): unknown {
  const isDropped = error instanceof Error && error.name === "KafkaJSGroupCoordinatorNotFound";
  return isDropped ? (coordinatorErrors.get(kafka) ?? error) : error;
}

function tapConnections(kafka: Kafka, cluster: Cluster): void {
  const builder: unknown = Reflect.get(cluster, "connectionPoolBuilder");
  const build = method(builder, "build");
  const failed = new Map<string, unknown>();
  topicErrors.set(cluster, failed);
  const noCoordinator = (error: unknown) => void coordinatorErrors.set(kafka, error);
  Reflect.set(Object(builder), "build", async (...place: unknown[]) => {
    const pool: unknown = await Reflect.apply(build, builder, place);
    mendConnections(pool);
    const send = method(pool, "send");
    Reflect.set(Object(pool), "send", (request: Request) =>
      Reflect.apply(send, pool, [tapped(request, failed, noCoordinator)]),
    );
    return pool;
  });
}

function tapped(sent: Request, failed: Map<string, unknown>, noCoordinator: (error: unknown) => void): Request {
  const { request, response } = sent;
  switch (request.apiKey) {
    case PRODUCE:
      return { ...sent, response: { decode: response.decode, parse: (answer) => produced(answer, response) } };
    case FETCH:
      return { ...sent, response: fetching(request.apiVersion, response) };
    case LIST_OFFSETS:
    case OFFSET_COMMIT:
    case OFFSET_FETCH:
      return { ...sent, response: { decode: response.decode, parse: (answer) => sorted(answer, response) } };
    case METADATA:
      return { ...sent, response: { decode: response.decode, parse: (answer) => described(answer, response, failed) } };
    case FIND_COORDINATOR:
      return {
        ...sent,
        response: { decode: response.decode, parse: (answer) => found(answer, response, noCoordinator) },
      };
    default:
      return sent;
  }
}

function fetching(version: number, response: Answering): Answering {
  return {
    decode: async (bytes) => {
      const sections = sectionsOf(bytes, version);
      if (sections === undefined) return response.decode(bytes);
      let answer: unknown;
      try {
        answer = await response.decode(bytes);
      } catch (error) {
        if (sections.length === 0) throw error;
        return { responses: await Promise.all(sections.map((section) => decodedAlone(section, response))) };
      }
      for (const { topicName, partitions } of responsesOf(answer)) {
        for (const part of partitions) {
          const section = sections.find(({ topic, partition }) => topic === topicName && partition === part.partition);
          if (section?.behind !== undefined) Reflect.set(part, "behind", section.behind);
        }
      }
      return answer;
    },
    parse: async (answer) => {
      for (const { topicName, partitions } of responsesOf(answer)) {
        for (const part of partitions) {
          if (part.errorCode !== 0)
            part.error = await thrownBy(response, { responses: [{ topicName, partitions: [part] }] });
        }
      }
      return answer;
    },
  };
}

/** One partition of an answer that cannot be decoded as a whole, decoded by itself: it may be sound. */
async function decodedAlone(section: FetchedSection, response: Answering): Promise<unknown> {
  const { topic, partition, errorCode, highWatermark, behind } = section;
  try {
    const [found] = responsesOf(await response.decode(section.alone()));
    if (found?.partitions[0] !== undefined && behind !== undefined) Reflect.set(found.partitions[0], "behind", behind);
    return found;
  } catch (error) {
    const failed = { partition, errorCode, highWatermark, abortedTransactions: [], messages: [], error };
    return { topicName: topic, partitions: [behind === undefined ? failed : { ...failed, behind }] };
  }
}

async function produced(answer: unknown, response: Answering): Promise<unknown> {
  for (const { topicName, partitions } of listOf<Group>(answer, "topics")) {
    for (const part of partitions) {
      if (part.errorCode !== 0) part.error = await thrownBy(response, { topics: [{ topicName, partitions: [part] }] });
    }
  }
  return answer;
}

/** The answer with the errors of single partitions in place; throws any other error. */
async function sorted(answer: unknown, response: Answering): Promise<unknown> {
  const responses = responsesOf(answer);
  const parts = responses.flatMap(({ partitions }) => partitions);
  if (parts.every(({ errorCode }) => errorCode === 0)) return response.parse(answer);
  const serious = parts.filter(({ errorCode }) => errorCode !== 0 && !OWN.has(errorCode));
  if (serious.length > 0) return response.parse({ ...Object(answer), responses: [{ topic: "", partitions: serious }] });
  // An error of the answer as a whole is thrown as usual.
  await response.parse({ ...Object(answer), responses: [] });
  for (const { topic, partitions } of responses) {
    for (const part of partitions) {
      if (part.errorCode !== 0) part.error = await thrownBy(response, { responses: [{ topic, partitions: [part] }] });
    }
  }
  return answer;
}

async function described(answer: unknown, response: Answering, failed: Map<string, unknown>): Promise<unknown> {
  // The answer to the request in topic-ids.ts.
  if (answer instanceof Map) return response.parse(answer);
  for (const topic of topicsOf(answer)) {
    if (topic.topicErrorCode === 0) failed.delete(topic.topic);
    else failed.set(topic.topic, await thrownBy(response, { topicMetadata: [topic] }));
  }
  return answer;
}

async function found(answer: unknown, response: Answering, noCoordinator: (error: unknown) => void): Promise<unknown> {
  try {
    return await response.parse(answer);
  } catch (error) {
    noCoordinator(error);
    throw error;
  }
}

async function thrownBy(response: Answering, answer: object): Promise<unknown> {
  try {
    await response.parse(answer);
    return new TaskwireError("kafkajs_unknown", "Kafka returned an error code that kafkajs does not treat as an error");
  } catch (error) {
    return error;
  }
}

function responsesOf(answer: unknown): readonly Group[] {
  return listOf(answer, "responses");
}

function topicsOf(answer: unknown): readonly MetadataTopic[] {
  return listOf(answer, "topicMetadata");
}

function listOf<T>(answer: unknown, name: string): readonly T[] {
  const list: unknown = Reflect.get(Object(answer), name);
  if (!Array.isArray(list)) throw unknownKafkajs(name);
  return list;
}

function method(target: unknown, name: string): (...args: unknown[]) => unknown {
  const found: unknown = Reflect.get(Object(target), name);
  if (typeof found !== "function") throw unknownKafkajs(name);
  return (...args) => Reflect.apply(found, target, args);
}
