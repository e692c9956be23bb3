import { Encoder } from "@msgpack/msgpack";
import { uuidv5 } from "../base/ids.js";
import { LARGEST_ACTIVATION_BYTES } from "../wire/limits.js";
import type { Activation } from "./activation.js";
import { MOST_HEADER_BYTES } from "./encoding/bounds.js";
import { KEY_HEADER, TOMBSTONE_HEADER } from "./headers.js";
import { LONE_SURROGATE } from "./parameter/lower.js";
import { firstRetryState, type TaskFacts } from "./task.js";

/** UUID namespace of the ids of raw records: a position gives the same id each time it is read. */
const RAW_SPACE = "5d0c5c8e-52f1-5b7e-8d1a-3f6b0e9a7c44";
/** Bytes reserved for the rest of the activation: names, retry state, headers. */
const ROOM_BYTES = MOST_HEADER_BYTES + 4096;

/** Largest raw record whose activation stays within LARGEST_ACTIVATION_BYTES. */
export const LARGEST_RAW_BYTES: number = LARGEST_ACTIVATION_BYTES - ROOM_BYTES;

const encoder = new Encoder();

interface RawRecord {
  readonly key?: string | undefined;
  /** The record had no value. */
  readonly tombstone?: true;
  readonly value: Uint8Array;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The id of the activation that a raw record becomes: 32 hex digits. */
export function rawId(at: { readonly topic: string; readonly partition: number; readonly offset: number }): string {
  return uuidv5(RAW_SPACE, `${at.topic}:${at.partition}:${at.offset}`).replaceAll("-", "");
}

/**
 * The first activation of a raw record: the bytes are the task's one argument, the rest comes from the model. Headers
 * are kept if they are strings and their names are not reserved. The record's key, and whether it had no value, become
 * headers, too.
 */
export function rawActivation(facts: TaskFacts, id: string, record: RawRecord, now: number): Activation {
  return {
    id,
    namespace: facts.namespace,
    task: facts.name,
    application: facts.application,
    headers: headersOf(record),
    receivedAt: now,
    parameters: encoder.encodeSharedRef({ args: [record.value], kwargs: {} }),
    retry: firstRetryState(facts),
    deadline: facts.processingDeadline / 1000,
    expires: facts.expires === undefined ? undefined : facts.expires / 1000,
    delay: undefined,
  };
}

const NO_HEADERS: ReadonlyMap<string, string> = new Map();

function headersOf({ headers, key, tombstone }: RawRecord): ReadonlyMap<string, string> {
  if (headers === undefined && key === undefined && tombstone === undefined) return NO_HEADERS;
  const kept = new Map(
    Object.entries(headers ?? {}).filter(
      ([name, value]) =>
        name !== "compression-type" &&
        !name.startsWith("taskwire-") &&
        !LONE_SURROGATE.test(name) &&
        !LONE_SURROGATE.test(value),
    ),
  );
  if (key !== undefined && !LONE_SURROGATE.test(key)) kept.set(KEY_HEADER, key);
  if (tombstone === true) kept.set(TOMBSTONE_HEADER, "1");
  return kept;
}
