import type { Clock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import { mostRecords } from "../browse-limits.js";
import { type Browsed, NoPartitionError, type PartitionBounds, type Place, type ReadRecord } from "../port.js";
import type { Channel } from "./channel.js";
import type { BrowseAnswer } from "./messages.js";
import { readRecords } from "./records.js";

/** Offsets in one message to the thread. */
const SCRUBBED_AT_ONCE = 4096;
/** Offsets that an error names. */
const NAMED = 10;

/** Reads and deletes records without a reader. A topic has one partition. */
export class Browser {
  readonly #channel: Channel;
  readonly #clock: Clock;

  constructor(channel: Channel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  async partitions(topic: string): Promise<PartitionBounds[]> {
    const { first, end } = await this.browse(topic, 0, Number.MAX_SAFE_INTEGER, 1);
    return [{ partition: 0, first, end }];
  }

  async browse(topic: string, partition: number, from: number, limit: number): Promise<Browsed> {
    checkPartition(topic, partition);
    const answer = await this.#channel.request({ kind: "browse", topic, from, limit: mostRecords(limit) });
    if (answer.kind !== "browsed") throw new TypeError(`expected records, got ${answer.kind}`);
    const { first, end, next, error } = answer;
    if (error !== undefined) return { records: [], next, first, end, damaged: { from: answer.from, error } };
    return { records: recordsOf(answer), next, first, end };
  }

  /** Slice by slice: other requests come between. */
  async trim(topic: string, before: number): Promise<void> {
    for (let more = true; more; ) {
      const answer = await this.#channel.request({ kind: "trim", topic, before, now: this.#clock.wall() });
      more = answer.kind === "trimmed" && answer.more;
    }
  }

  async scrub(topic: string, places: readonly Place[]): Promise<void> {
    for (const { partition } of places) checkPartition(topic, partition);
    const offsets = [...new Set(places.map(({ offset }) => offset))].sort((a, b) => a - b);
    const damaged: number[] = [];
    for (let at = 0; at < offsets.length; ) {
      const step = offsets.slice(at, at + SCRUBBED_AT_ONCE);
      const answer = await this.#channel.request({ kind: "scrub", topic, offsets: step });
      if (answer.kind !== "scrubbed") throw new TypeError(`expected emptied records, got ${answer.kind}`);
      at += answer.passed;
      damaged.push(...answer.damaged);
    }
    if (damaged.length === 0) return;
    const named = damaged.length > NAMED ? [...damaged.slice(0, NAMED), "…"] : damaged;
    throw new TaskwireError(
      "log_corrupt",
      `topic "${topic}" of the embedded log is damaged at ${damaged.length} of these offsets (${named.join(", ")}): their values cannot be emptied; all others are`,
    );
  }
}

function checkPartition(topic: string, partition: number): void {
  if (partition !== 0) throw new NoPartitionError(topic, partition, 1);
}

function recordsOf({ from, pieces, spans }: BrowseAnswer): ReadRecord[] {
  const records: ReadRecord[] = [];
  for (const piece of pieces) readRecords(piece, from + records.length, records);
  let span = 0;
  return records.map((record) => {
    while (record.offset >= (spans[span]?.to ?? Number.POSITIVE_INFINITY)) span += 1;
    return { ...record, timestamp: spans[span]?.at ?? 0 };
  });
}
