import { uuidv5 } from "../base/ids.js";
import { RetryState, TaskActivation } from "../wire/proto/taskbroker.js";
import { decodeWire } from "./encoding/codec.js";
import { KEY_HEADER, REPLAY_OF_HEADER, SLOT_HEADER, TOMBSTONE_HEADER } from "./headers.js";

/** UUID namespace of replays: a dead letter gives the same id each time it is replayed, so it runs once. */
const REPLAY_SPACE = "7f6a2c14-3b0d-5e0b-9a55-c1d6f1f0a9e3";
/** Taskwire's own headers that a handler reads: they are part of what the original said. */
const KEPT: ReadonlySet<string> = new Set([SLOT_HEADER, KEY_HEADER, TOMBSTONE_HEADER]);

/** Parameters in place of the original's, encoded and checked by whoever knows the schema. */
export interface EditedParameters {
  readonly bytes: Uint8Array;
  /** The bytes are a zstd frame. */
  readonly compressed: boolean;
}

/** The id of the activation that replays a dead letter. `identity` distinguishes it from every other. */
export function replayId(identity: string): string {
  return uuidv5(REPLAY_SPACE, identity).replaceAll("-", "");
}

/**
 * The activation that replays one which ended as a dead letter: the first run of a new chain, received `now`, from where its
 * expiry counts, and due at once. `of`: the place of the letter. Everything else stays the same, fields unknown to this
 * version included. Throws UndecodableError.
 */
export function replayed(
  bytes: Uint8Array,
  change: {
    readonly id: string;
    readonly of: string;
    readonly now: number;
    readonly parameters?: EditedParameters | undefined;
  },
): Uint8Array {
  const { id, of, now, parameters } = change;
  const dead = decodeWire(bytes);
  const state = dead.retryState ?? RetryState.decode(new Uint8Array(0));
  const headers = new Map([...dead.headers].filter(([name]) => !name.startsWith("taskwire-") || KEPT.has(name)));
  headers.set(REPLAY_OF_HEADER, of);
  if (parameters !== undefined) {
    headers.delete("compression-type");
    if (parameters.compressed) headers.set("compression-type", "zstd");
  }
  const seconds = Math.floor(now / 1000);
  return TaskActivation.encode({
    ...dead,
    ...(parameters === undefined ? {} : { parameters: "", parametersBytes: Buffer.from(parameters.bytes) }),
    id,
    headers,
    receivedAt: { seconds: BigInt(seconds), nanos: Math.floor(now - seconds * 1000) * 1_000_000 },
    retryState: { ...state, attempts: 0 },
    delay: undefined,
  }).finish();
}
