import { crc32 } from "node:zlib";
import { OperationError } from "../../operations/errors.js";
import type { Start } from "./page.js";
import { type Kind, STATES } from "./places.js";

/** Where a pass over a list is. */
interface Cursor extends Start {
  /** Rows that the pass has found, and looked at. */
  readonly found: number;
  readonly looked: number;
}

/** Whose cursor it is, and of which list: two numbers. */
interface Owner {
  /** The broker's journal. */
  readonly journal: string;
  /** Its order, and the filter as it is printed. */
  readonly filter: string;
}

/** In characters. */
export const LONGEST_CURSOR = 16_384;

/** An opaque string that names the place, the broker and the filter. */
export function writeCursor({ state, after, found, looked }: Cursor, owner: Owner): string {
  const { time = 0, seq = -1, kind } = after ?? {};
  const names = kind === undefined ? null : [kind.application, kind.namespace, kind.task, kind.topic];
  const parts = [crc32(owner.journal), crc32(owner.filter), state, time, seq, names, found, looked];
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** Throws OperationError when it is not a cursor of this broker and this filter. */
export function readCursor(cursor: string, owner: Owner): Cursor {
  const parts = partsOf(cursor);
  const [journal, filter, named, time, seq, names, found, looked] = parts;
  const state = STATES.find((each) => each === named);
  const kind = kindOf(names);
  if (parts.length !== 8 || state === undefined || kind === null || ![time, seq, found, looked].every(isNumber)) {
    throw refused("expected `next` of an answer; start without a cursor");
  }
  if (journal !== crc32(owner.journal)) {
    throw refused("it belongs to another broker; ask that one, or start without a cursor");
  }
  if (filter !== crc32(owner.filter)) {
    throw refused("it belongs to another filter or order; start without a cursor");
  }
  const after = { kind, time: Number(time), seq: Number(seq) };
  return { state, after, found: Number(found), looked: Number(looked) };
}

/** [] for anything that is no list. */
function partsOf(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

/** null: they are not the names of a kind. */
function kindOf(names: unknown): Kind | undefined | null {
  if (names === null) return undefined;
  if (!Array.isArray(names) || names.length !== 4) return null;
  const [application, namespace, task, topic]: readonly unknown[] = names;
  const areNames = isText(application) && isText(namespace) && isText(task) && isText(topic);
  return areNames ? { application, namespace, task, topic } : null;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(value);
}

function refused(problem: string): OperationError {
  return new OperationError("bad_request", "bad_cursor", `cursor: ${problem}`, { field: "cursor" });
}
