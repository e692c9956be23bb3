import { failpoint } from "../../../base/failpoint.js";
import type { Connection } from "../../../base/sqlite/open.js";
import { endOfRecord, withoutValue } from "../records.js";
import type { TopicTable } from "./topic-table.js";

/** How much one transaction rewrites at most: appends of other processes wait for it. */
const STEP_CHUNKS = 64;
const STEP_BYTES = 1024 * 1024;

/** What one step did: how many of the offsets it went through, and which of them are in damaged chunks. */
interface Step {
  readonly passed: number;
  readonly damaged: readonly number[];
}

/**
 * Empties the values of records, given by their offsets in ascending order, chunk by chunk until a step is full. Freed bytes
 * of the file are overwritten. Inside a transaction.
 */
export function scrubStep(connection: Connection, table: TopicTable, offsets: readonly number[]): Step {
  const damaged: number[] = [];
  let passed = 0;
  let bytes = 0;
  connection.pragma("secure_delete = ON");
  try {
    for (let chunks = 0; passed < offsets.length && chunks < STEP_CHUNKS && bytes < STEP_BYTES; chunks += 1) {
      const offset = offsets[passed] ?? 0;
      const chunk = table.chunkAt(offset);
      if (chunk === undefined || chunk === "damaged") {
        if (chunk === "damaged") damaged.push(offset);
        passed += 1;
        continue;
      }
      const end = chunk.first + chunk.count;
      const inside = new Set<number>();
      for (let at = offset; passed < offsets.length && at < end; at = offsets[passed] ?? end) {
        inside.add(at);
        passed += 1;
      }
      const body = scrubbed(chunk.body, chunk.first, inside);
      bytes += chunk.body.length;
      if (body.length < chunk.body.length) table.replace({ ...chunk, body });
    }
    failpoint("log.scrub");
  } finally {
    connection.pragma("secure_delete = OFF");
  }
  return { passed, damaged };
}

/** The records of a chunk, with the values of these offsets emptied. */
function scrubbed(body: Buffer, first: number, offsets: ReadonlySet<number>): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0, offset = first; at < body.length; offset += 1) {
    const end = endOfRecord(body, at);
    parts.push(offsets.has(offset) ? withoutValue(body, at, end) : body.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}
