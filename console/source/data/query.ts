import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, type Query } from "./api.ts";
import { poolFor } from "./pool.ts";
import { type ProblemError, problemOf } from "./problem-error.ts";
import type { Reads } from "./requests.ts";
import { settings } from "./settings.ts";

/** How long a query runs before its place shows that it does, milliseconds: shorter ones would only flicker. */
const UNSEEN = 150;

export interface Result<Document> {
  /** The last answer; undefined: none yet. It stays while a newer query runs or fails. */
  readonly data: Document | undefined;
  /** When it came, milliseconds since 1970. */
  readonly at: number | undefined;
  /** Why the last query failed; undefined: it did not. */
  readonly error: ProblemError | undefined;
  /** Since when queries fail, milliseconds since 1970. */
  readonly failingSince: number | undefined;
  /** A query has run for 150 ms, and nothing can be shown yet. */
  readonly waiting: boolean;
  /** A query runs, whatever is shown meanwhile. */
  readonly running: boolean;
  readonly reload: () => void;
}

interface State<Document> {
  readonly key: string;
  readonly data?: Document;
  readonly at?: number;
  readonly error?: ProblemError | undefined;
  readonly failingSince?: number | undefined;
  readonly waiting: boolean;
  readonly running: boolean;
}

/** Counts the times somebody asked for everything anew. */
export const refreshes = signal(0);

interface Options {
  /** Seconds from one query to the next; absent: only when asked. A hidden tab does not ask. */
  readonly every?: number | undefined;
}

/**
 * Asks the API, and again when path, parameters or refreshes change. `path` null: not yet. Other parameters of the same path
 * keep the rows that are shown until theirs come; another path or pool starts empty.
 */
export function useQuery<Path extends keyof Reads & string>(
  path: Path | null,
  query: Query = {},
  { every }: Options = {},
): Result<Reads[Path]> {
  const [state, setState] = useState<State<Reads[Path]>>({ key: "", waiting: false, running: false });
  const [round, setRound] = useState(0);
  const latest = useRef(state);
  const asked = JSON.stringify(query);
  const refresh = refreshes.value;
  // What another pool has is another document.
  const key = path === null ? "" : `${path} ${poolFor(path) ?? ""}`;

  useEffect(() => {
    if (path === null) return;
    const change = (next: Partial<State<Reads[Path]>>) => {
      latest.current = { ...latest.current, ...next };
      setState(latest.current);
    };
    const abort = new AbortController();
    if (latest.current.key !== key) latest.current = { key, waiting: false, running: true };
    change({ running: true });
    const seen = setTimeout(() => change({ waiting: latest.current.data === undefined }), UNSEEN);
    api.get(path, query, abort.signal).then(
      (data) => {
        if (abort.signal.aborted) return;
        clearTimeout(seen);
        change({ data, at: Date.now(), error: undefined, failingSince: undefined, waiting: false, running: false });
      },
      (thrown: unknown) => {
        if (abort.signal.aborted) return;
        clearTimeout(seen);
        const failingSince = latest.current.failingSince ?? Date.now();
        change({ error: problemOf(thrown), failingSince, waiting: false, running: false });
      },
    );
    return () => {
      clearTimeout(seen);
      abort.abort();
    };
  }, [path, key, asked, round, refresh]);

  // Who turned the refresh off asks by hand.
  const pace = every === undefined || settings.value.refresh === 0 ? 0 : Math.max(every, settings.value.refresh);
  useEffect(() => {
    if (pace === 0) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible" && !latest.current.running) setRound((before) => before + 1);
    }, pace * 1000);
    return () => clearInterval(timer);
  }, [pace]);

  const shown: State<Reads[Path]> = state.key === key ? state : { key: "", waiting: false, running: path !== null };
  return {
    data: shown.data,
    at: shown.at,
    error: shown.error,
    failingSince: shown.failingSince,
    waiting: shown.waiting,
    running: shown.running,
    reload: () => setRound((before) => before + 1),
  };
}
