import type { ListActivationsAnswer } from "../../operations/documents/activations.js";
import { RequestReader } from "../../operations/request.js";
import { LONGEST_CURSOR, readCursor, writeCursor } from "./cursor.js";
import { findByIds } from "./find.js";
import { openMatcher } from "./matcher.js";
import { readPage } from "./page.js";
import { isoTime, rowDocument } from "./row-document.js";
import { countOf, type Sources } from "./sources.js";

/** Rows of a page: the default, and the most. */
const ROWS = 100;
const MOST_ROWS = 1000;

/** One page of the activations that match. */
export async function listActivations(
  sources: Sources,
  request: unknown,
  signal: AbortSignal,
): Promise<ListActivationsAnswer> {
  const reader = new RequestReader(request);
  const q = reader.text("q") ?? "";
  const limit = reader.integer("limit", { least: 1, most: MOST_ROWS }) ?? ROWS;
  const cursor = reader.text("cursor", LONGEST_CURSOR);
  const direction = reader.choice("order", ["oldest", "newest"]) ?? "oldest";
  reader.end();
  const matcher = await openMatcher(q, sources.clock.wall());
  const now = isoTime(sources.clock.wall());
  const { ids } = matcher.match;
  if (ids !== undefined) {
    // Cursors are not needed: a filter has fewer ids than a page has rows.
    const rows = await findByIds(sources, ids, matcher, direction);
    return { rows: rows.map(rowDocument), next: null, total: { count: rows.length, exact: true }, looked: null, now };
  }
  const owner = { journal: sources.journal.uuid, filter: `${direction} ${matcher.printed}` };
  const start = cursor === undefined ? undefined : readCursor(cursor, owner);
  const { rows, next, looked, ended } = await readPage(sources, { matcher, direction, start, limit }, signal);
  const found = (start?.found ?? 0) + rows.length;
  const lookedAt = (start?.looked ?? 0) + looked;
  const counted = await countOf(sources, matcher);
  return {
    rows: rows.map(rowDocument),
    next: next === undefined ? null : writeCursor({ ...next, found, looked: lookedAt }, owner),
    total: matcher.isCounted
      ? { count: counted, exact: true }
      : { count: found, exact: next === undefined && start === undefined },
    looked: ended ? { rows: lookedAt, of: Math.max(counted, lookedAt) } : null,
    now,
  };
}
