import { encodeActivation } from "../activation/encoding/codec.js";
import { COMPRESSION_THRESHOLD_BYTES, compress } from "../activation/encoding/zstd.js";
import { CHOSEN_ID_HEADER } from "../activation/headers.js";
import { firstRetryState, type TaskFacts } from "../activation/task.js";
import { messageOf } from "../base/errors.js";
import type { LogRecord, Position } from "../log/port.js";
import { BATCH_BYTES, LARGEST_ACTIVATION_BYTES } from "../wire/limits.js";
import type { LogClient } from "./client.js";
import { AppendError, OversizedError } from "./errors.js";
import type { Timing } from "./options.js";

const BATCH_RECORDS = 1000;

/** The record of one activation. Its key is the id where a duplicate must reach the same partition, to be dropped there. */
export async function recordOf(facts: TaskFacts, written: Uint8Array, id: string, timing: Timing): Promise<LogRecord> {
  const { compression = "auto" } = facts;
  const packs = compression === "zstd" || (compression === "auto" && written.length > COMPRESSION_THRESHOLD_BYTES);
  const packed = packs ? await compress(written) : undefined;
  const value = encodeActivation({
    id,
    namespace: facts.namespace,
    task: facts.name,
    application: facts.application,
    headers: headersOf(timing, packed !== undefined),
    receivedAt: Date.now(),
    parameters: packed ?? written,
    retry: firstRetryState(facts),
    deadline: facts.processingDeadline / 1000,
    expires: timing.expires,
    delay: timing.delay,
  });
  if (value.length > LARGEST_ACTIVATION_BYTES)
    throw new OversizedError(facts.key, value.length, LARGEST_ACTIVATION_BYTES);
  return { key: facts.atMostOnce === true || timing.chosenId ? id : undefined, value };
}

function headersOf({ headers, chosenId }: Timing, compressed: boolean): ReadonlyMap<string, string> {
  if (!compressed && !chosenId) return headers;
  return new Map([
    ...headers,
    ...(compressed ? [["compression-type", "zstd"] as const] : []),
    ...(chosenId ? [[CHOSEN_ID_HEADER, "1"] as const] : []),
  ]);
}

/** Appends in batches. Throws AppendError when one of several records is refused, the error of the log for a single record. */
export async function appendWith(
  client: LogClient,
  facts: TaskFacts,
  records: readonly LogRecord[],
): Promise<Position[]> {
  const positions: Position[] = [];
  let appended = 0;
  while (appended < records.length) {
    const batch = batchFrom(records, appended);
    try {
      positions.push(...(await client.append(facts.namespace, batch)));
    } catch (error) {
      if (records.length === 1) throw error;
      throw new AppendError(facts.key, appended, records.length, messageOf(error), { cause: error });
    }
    appended += batch.length;
  }
  return positions;
}

function batchFrom(records: readonly LogRecord[], from: number): readonly LogRecord[] {
  let bytes = 0;
  let to = from;
  for (; to < records.length && to - from < BATCH_RECORDS; to += 1) {
    bytes += records[to]?.value.length ?? 0;
    if (bytes > BATCH_BYTES && to > from) break;
  }
  return records.slice(from, to);
}
