import type { State } from "#runtime/activation/states.js";
import type {
  ActivationsPage,
  EndsPage,
  JoinedErrors,
  LetterGroupsPage,
  LettersPage,
} from "#runtime/operations/documents/front.js";
import type { FilterNoun } from "#runtime/operations/filter/filter.js";
import { type FilterMatch, matchOf } from "#runtime/operations/filter/match.js";
import { parseFilter } from "#runtime/operations/filter/parse.js";
import type { Night } from "./answers.js";
import { iso } from "./night/controls.js";

/** As the broker: a page ends when it has looked at this many. */
const MOST_LOOKED_AT = 100_000;

interface Asked {
  readonly q: string;
  readonly limit: number;
  readonly cursor: string | null;
}

export function askedOf(query: URLSearchParams): Asked {
  return { q: query.get("q") ?? "", limit: Number(query.get("limit") ?? 100), cursor: query.get("cursor") };
}

function matching(q: string, noun: FilterNoun, now: number): FilterMatch {
  return matchOf(parseFilter(q, noun), now);
}

export function listActivations(night: Night, now: number, { q, limit, cursor }: Asked): ActivationsPage {
  const { names, item, states } = matching(q, "activations", now);
  const all = night.activations;
  const rows: ActivationsPage["rows"][number][] = [];
  const from = Number(cursor ?? 0);
  const until = Math.min(all.length, q === "" ? all.length : from + MOST_LOOKED_AT);
  let at = from;
  for (; at < until && rows.length < limit; at++) {
    const row = all.row(at);
    const { received, due } = row;
    const fits = { ...row, at: Date.parse(received), attempts: row.attempt };
    if (
      names(row) &&
      item({
        ...fits,
        worker: row.worker ?? "",
        reason: row.reason ?? "",
        error: row.error ?? "",
        due: due === null ? undefined : Date.parse(due),
      })
    )
      rows.push(row);
  }
  const next = at < all.length ? String(at) : null;
  return {
    partial: night.statuses.partial,
    rows,
    cursor: next,
    total: totalOf(night, q, states, rows.length + from),
    looked: q !== "" && rows.length < limit && next !== null ? { rows: at, of: all.length } : null,
    now: iso(now),
  };
}

/** Exact from the tallies for nothing but states. */
function totalOf(
  night: Night,
  q: string,
  states: ReadonlySet<string> | undefined,
  seen: number,
): ActivationsPage["total"] {
  const exact = night.statuses.partial.length === 0;
  if (q.split(" ").every((term) => term === "" || term.startsWith("state:"))) {
    const counts = night.statuses.brokers.map(({ status }) => status.counts);
    const wanted = (
      ["processing", "pending", "retry", "failure", "delayed", "parked"] as const satisfies State[]
    ).filter((state) => states === undefined || states.has(state));
    return { count: counts.reduce((sum, of) => sum + wanted.reduce((all, state) => all + of[state], 0), 0), exact };
  }
  return { count: seen, exact: false };
}

export function listLetters(night: Night, now: number, asked: Asked, state: string): LettersPage {
  const { names, item } = matching(asked.q, "letters", now);
  const wanted = (["open", "replayed", "purged"] as const).filter((each) => state === "all" || state === each);
  const rows: LettersPage["rows"][number][] = [];
  const { counts } = night.letters;
  const total = wanted.reduce((sum, each) => sum + counts[each], 0);
  const from = Number(asked.cursor ?? 0);
  let at = from;
  for (; at < total && rows.length < asked.limit && at - from < MOST_LOOKED_AT; at++) {
    let index = at;
    const of = wanted.find((each) => {
      if (index < counts[each]) return true;
      index -= counts[each];
      return false;
    });
    if (of === undefined) break;
    const row = night.letters.row(of, index);
    const topic = row.original.split("/")[0] ?? "";
    if (
      names({ ...row, topic }) &&
      item({ ...row, at: row.at === undefined ? undefined : Date.parse(row.at), fingerprint: row.fingerprint })
    )
      rows.push(row);
  }
  return {
    partial: night.statuses.partial,
    rows,
    cursor: at < total ? String(at) : null,
    total: asked.q === "" ? { count: total, exact: true } : { count: from + rows.length, exact: false },
    looked: rows.length < asked.limit && at < total ? { rows: at, of: total } : null,
    counts,
    fromLog: [],
    older: [],
    read: 1,
    unreadable: [],
  };
}

export function listEnds(night: Night, now: number, { q, limit, cursor }: Asked): EndsPage {
  const { names, item } = matching(q, "ends", now);
  const page = night.ends();
  const rows = page.rows.filter(
    (row) =>
      names(row) &&
      item({
        ...row,
        due: undefined,
        at: Date.parse(row.at),
        attempts: row.attempt,
        worker: row.worker ?? "",
        reason: row.reason ?? "",
        fingerprint: row.fingerprint ?? "",
      }),
  );
  const from = Number(cursor ?? 0);
  return {
    ...page,
    rows: rows.slice(from, from + limit),
    cursor: from + limit < rows.length ? String(from + limit) : null,
    total: { count: rows.length, exact: true },
  };
}

export function listErrors(night: Night, now: number, { q, limit }: Asked): JoinedErrors {
  const { names, item } = matching(q, "errors", now);
  const groups = night.errors.groups.filter(
    (group) => names({ ...group, topic: "" }) && item({ ...group, at: Date.parse(group.lastSeen) }),
  );
  return { ...night.errors, groups: groups.slice(0, limit), matched: groups.length };
}

/** How the letters in these states failed, the largest group first. */
export function letterGroups(night: Night, now: number, q: string, state: string): LetterGroupsPage {
  const { rows } = listLetters(night, now, { q, limit: MOST_LOOKED_AT, cursor: null }, state);
  const groups = new Map<string, LetterGroupsPage["groups"][number]>();
  for (const { fingerprint, task, reason, error, at } of rows) {
    const known = groups.get(fingerprint);
    const newest = known?.newest ?? at;
    const count = (known?.count ?? 0) + 1;
    groups.set(fingerprint, { fingerprint, task, reason, error, count, ...(newest === undefined ? {} : { newest }) });
  }
  const sorted = [...groups.values()].sort((a, b) => b.count - a.count);
  return { partial: night.statuses.partial, groups: sorted, others: 0, looked: null, read: 1, unreadable: [] };
}
