import { type FileHandle, open } from "node:fs/promises";
import { codeOf } from "../../../base/errors.js";
import type { AuditDocument, AuditLine } from "../../../operations/documents/audit.js";
import { OperationError } from "../../../operations/errors.js";
import { auditFiles } from "./audit-log.js";

const BLOCK_BYTES = 64 * 1024;
/** Bytes of lines in one page. */
const PAGE_BYTES = 1024 * 1024;

interface PageRequest {
  readonly limit: number;
  /** Words that a line must contain, in any case. */
  readonly words: readonly string[];
  readonly cursor: string | undefined;
}

/** Where the lines of a page end: a file, which keeps its number when it is renamed, and an offset in it. */
interface Place {
  readonly inode: number;
  readonly offset: number;
}

/**
 * One page of the audit log, the newest line first. Lines that are not JSON are left out: a kill may cut the last one. A
 * cursor into a file that has been deleted meanwhile is at the end.
 */
export async function auditPage(file: string, { limit, words, cursor }: PageRequest): Promise<AuditDocument> {
  let from = cursor === undefined ? undefined : placeOf(cursor);
  const lines: AuditLine[] = [];
  let bytes = 0;
  for (const path of auditFiles(file)) {
    const handle = await opened(path);
    if (handle === undefined) continue;
    try {
      const { ino: inode, size } = await handle.stat();
      if (from !== undefined && from.inode !== inode) continue;
      const end = Math.min(from?.offset ?? size, size);
      from = undefined;
      for await (const { text, offset } of linesBefore(handle, end)) {
        if (lines.length >= limit || bytes >= PAGE_BYTES) {
          const next = { inode, offset: offset + Buffer.byteLength(text) + 1 };
          return { lines, next: cursorOf(next) };
        }
        const line = lineOf(text, words);
        if (line === undefined) continue;
        lines.push(line);
        bytes += text.length;
      }
    } finally {
      await handle.close();
    }
  }
  return { lines, next: null };
}

async function opened(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The lines that end before `end`, the last one first, with their offsets. Reads in blocks, so that no turn is long. */
async function* linesBefore(
  handle: FileHandle,
  end: number,
): AsyncGenerator<{ readonly text: string; readonly offset: number }> {
  let start = end;
  let rest = Buffer.alloc(0);
  while (start > 0) {
    const length = Math.min(BLOCK_BYTES, start);
    start -= length;
    const block = Buffer.alloc(length);
    await handle.read(block, 0, length, start);
    rest = Buffer.concat([block, rest]);
    let stop = rest.length;
    for (;;) {
      const newline = stop === 0 ? -1 : rest.lastIndexOf(10, stop - 1);
      if (newline < 0) break;
      const text = rest.toString("utf8", newline + 1, stop);
      if (text !== "") yield { text, offset: start + newline + 1 };
      stop = newline;
    }
    rest = rest.subarray(0, stop);
  }
  if (rest.length > 0) yield { text: rest.toString("utf8"), offset: 0 };
}

function lineOf(text: string, words: readonly string[]): AuditLine | undefined {
  const lower = text.toLowerCase();
  if (!words.every((word) => lower.includes(word))) return undefined;
  try {
    const line: AuditLine = JSON.parse(text);
    return line;
  } catch {
    return undefined;
  }
}

function cursorOf({ inode, offset }: Place): string {
  return Buffer.from(`${inode}:${offset}`).toString("base64url");
}

function placeOf(cursor: string): Place {
  const [, inode, offset] = /^(\d{1,16}):(\d{1,16})$/.exec(Buffer.from(cursor, "base64url").toString("latin1")) ?? [];
  if (inode === undefined || offset === undefined)
    throw new OperationError("bad_request", "bad_cursor", "cursor: not one of this verb; begin without it", {
      field: "cursor",
    });
  return { inode: Number(inode), offset: Number(offset) };
}
