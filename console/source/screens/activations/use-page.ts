import { useEffect, useRef, useState } from "preact/hooks";
import type { ActivationRow } from "../../../../runtime/operations/documents/activations.js";
import type { EndDocument } from "../../../../runtime/operations/documents/ends.js";
import type { ActivationsPage, Of } from "../../../../runtime/operations/documents/front.js";
import { api } from "../../data/api.ts";
import { type Result, refreshes, useQuery } from "../../data/query.ts";
import { settings } from "../../data/settings.ts";
import { filterOfIds, followed, freshRows, newRows, type ShownRow, withFates } from "./shown-rows.ts";

/** Rows of a page. */
const LIMIT = 100;
/** A list is asked for at most this often, seconds: it looks at many rows. */
const LEAST = 2;

interface Page {
  readonly result: Result<ActivationsPage>;
  readonly rows: readonly ShownRow[];
  /** Rows that came since the page was opened; they are shown on request. */
  readonly fresh: number;
  /** Reads the page anew, with its new rows. */
  readonly show: () => void;
}

interface Held {
  readonly opened: string;
  readonly data: ActivationsPage | undefined;
  readonly rows: readonly ShownRow[];
  readonly isStale: boolean;
}

/** A page of the list that follows its rows where they are. `q` null: the filter cannot be read. */
export function usePage(q: string | null, cursor: string | undefined): Page {
  const { refresh } = settings.value;
  const every = refresh === 0 ? 0 : Math.max(LEAST, refresh);
  const result = useQuery(q === null ? null : "activations", { q: q ?? "", cursor, limit: LIMIT }, { every });
  const { data } = result;
  const fates = useRef<Fates>({ inFlight: new Map(), ends: new Map() });
  const held = useRef<Held>({ opened: "", data: undefined, rows: [], isStale: false });
  const opened = JSON.stringify([q, cursor, refreshes.value]);
  // An answer to the page before stays until the one to this page comes.
  if (held.current.opened !== opened) held.current = { ...held.current, opened, isStale: true };
  if (held.current.data !== data) {
    const { rows, isStale } = held.current;
    const next = data === undefined ? [] : isStale ? freshRows(data.rows) : followed(rows, data.rows);
    held.current = { opened, data, rows: next, isStale: false };
  }
  const rows = withFates(held.current.rows, fates.current.inFlight, fates.current.ends);
  const [, setFound] = useState(0);
  const left = held.current.rows.flatMap((each) => (each.left ? [each.row.id] : []));
  const lost = JSON.stringify(left);

  useEffect(() => {
    if (left.length === 0) return;
    const abort = new AbortController();
    fatesOf(left, abort.signal).then(
      (found) => {
        fates.current = found;
        setFound((before) => before + 1);
      },
      // The rows stay greyed, without their end; the next answer asks again.
      () => {},
    );
    return () => abort.abort();
  }, [lost, data]);

  return {
    result,
    rows,
    fresh: data === undefined || cursor !== undefined ? 0 : newRows(held.current.rows, data.rows),
    show: () => {
      held.current = { ...held.current, isStale: true };
      result.reload();
    },
  };
}

interface Fates {
  readonly inFlight: ReadonlyMap<string, Of<ActivationRow>>;
  readonly ends: ReadonlyMap<string, EndDocument>;
}

async function fatesOf(ids: readonly string[], signal: AbortSignal): Promise<Fates> {
  const q = filterOfIds(ids);
  const [page, ended] = await Promise.all([
    api.get("activations", { q, limit: 1000 }, signal),
    api.get("ends", { q, limit: 1000 }, signal),
  ]);
  // The newest end of an id comes first.
  const ends = new Map<string, EndDocument>();
  for (const end of ended.rows) if (!ends.has(end.id)) ends.set(end.id, end);
  return { inFlight: new Map(page.rows.map((row) => [row.id, row])), ends };
}
