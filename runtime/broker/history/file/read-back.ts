import { open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { codeOf } from "../../../base/errors.js";
import type { EndDocument } from "../../../operations/documents/ends.js";
import { endOf } from "./line.js";

/** Lines read from one turn of the event loop to the next. */
const SLICE = 1000;

interface ReadBack {
  /** Bytes of the present file, and whether its last line is whole. */
  readonly size: number;
  readonly whole: boolean;
}

/**
 * Calls `found` for each end in the last `bytes` of the files, in their order. `files`: the present one first, then older
 * ones. Damaged lines are skipped. Rejects when a file that is there cannot be read.
 */
export async function readBack(
  files: readonly string[],
  bytes: number,
  found: (end: EndDocument) => void,
): Promise<ReadBack> {
  const parts: Buffer[] = [];
  let left = bytes;
  for (const file of files) {
    if (left <= 0) break;
    const part = await tailOf(file, left);
    left -= part.length;
    parts.unshift(part);
  }
  const text = Buffer.concat(parts).toString("utf8");
  let lines = 0;
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf("\n", from);
    const line = text.slice(from, end < 0 ? text.length : end);
    from = end < 0 ? text.length : end + 1;
    const read = endOf(line);
    if (read !== undefined) found(read);
    lines += 1;
    if (lines % SLICE === 0) await setImmediate();
  }
  const present = parts.at(-1);
  return { size: present?.length ?? 0, whole: present === undefined || present.length === 0 || present.at(-1) === 10 };
}

/** Nothing when there is no such file. */
async function tailOf(file: string, bytes: number): Promise<Buffer> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, bytes));
    const { bytesRead } = await handle.read(tail, 0, tail.length, size - tail.length);
    return tail.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
