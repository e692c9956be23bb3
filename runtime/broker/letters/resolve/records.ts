import { breathe } from "../../../base/breathe.js";
import { messageOf } from "../../../base/errors.js";
import { grouped } from "../../../base/grouped.js";
import { NoPartitionError, type Place, type ReadRecord } from "../../../log/port.js";
import { OperationError } from "../../../operations/errors.js";
import { type Letter, letterOf } from "../records/letter.js";
import type { Source } from "../sources.js";

/** A letter with its record. */
export interface StoredLetter {
  readonly letter: Letter;
  readonly record: ReadRecord;
}

/** Records between two wanted ones that are read rather than skipped. */
const GAP = 8;
/** Most records that are read at once. */
const BROWSED = 128;
/** Records that are parsed in one turn of the event loop. */
const WITHOUT_BREATH = 32;

/**
 * The letters at these places of a topic, in their order, without fingerprint; undefined where the log has none, or no more.
 * Rejects with OperationError (letters_unavailable).
 */
export async function lettersAt(source: Source, places: readonly Place[]): Promise<(StoredLetter | undefined)[]> {
  const wanted = grouped(places, ({ partition }) => partition);
  const found = new Map<string, ReadRecord>();
  try {
    for (const [partition, of] of wanted) {
      const offsets = of.map(({ offset }) => offset);
      for await (const record of recordsAt(source, partition, offsets))
        found.set(`${partition}/${record.offset}`, record);
    }
  } catch (error) {
    throw unreadable(source.name, messageOf(error), error);
  }
  const stored: (StoredLetter | undefined)[] = [];
  for (const { partition, offset } of places) {
    if (stored.length % WITHOUT_BREATH === WITHOUT_BREATH - 1) await breathe();
    const record = found.get(`${partition}/${offset}`);
    const letter = record === undefined ? undefined : letterOf(source.name, partition, record, false);
    stored.push(record === undefined || letter === undefined ? undefined : { letter, record });
  }
  return stored;
}

/** The records at these offsets, and perhaps some between them. */
async function* recordsAt({ topic, log }: Source, partition: number, offsets: number[]): AsyncGenerator<ReadRecord> {
  const sorted = offsets.sort((one, other) => one - other);
  for (let from = sorted.shift(); from !== undefined; from = sorted.shift()) {
    let last = from;
    for (const offset of sorted) {
      if (offset - last > GAP) break;
      last = offset;
    }
    const browsed = await browse(log, topic, partition, from, Math.min(last - from + 1, BROWSED));
    if (browsed === undefined || browsed.next <= from) return;
    yield* browsed.records;
    while ((sorted[0] ?? browsed.next) < browsed.next) sorted.shift();
  }
}

/** undefined: the topic has no such partition. */
async function browse(log: Source["log"], topic: string, partition: number, from: number, limit: number) {
  try {
    return await log.browse(topic, partition, from, limit);
  } catch (error) {
    if (error instanceof NoPartitionError) return undefined;
    throw error;
  }
}

export function unreadable(topic: string, why: string, cause?: unknown): OperationError {
  const message = `dead-letter topic "${topic}" cannot be read: ${why}; nothing was changed, repeat when the log is back`;
  return new OperationError("unavailable", "letters_unavailable", message, { cause });
}
