/** How long a worker that is gone stays on the page, milliseconds. Exported for tests. */
export const GONE_MS = 600_000;
/** Names come from outside: of more workers that leave, the first ones are forgotten. Exported for tests. */
export const MOST_GONE = 200;

export interface GoneWorker {
  readonly worker: string;
  readonly application: string;
  readonly host: string;
  /** When it was missing for the first time, milliseconds of the page's clock. */
  readonly at: number;
}

type Present = Omit<GoneWorker, "at">;

/**
 * The workers that have left since the page began to look, the last one first. `complete`: every broker answered; else a
 * missing worker may only be connected to the silent one.
 */
export function gone(
  before: readonly GoneWorker[],
  earlier: readonly Present[],
  present: readonly Present[],
  { now, complete }: { readonly now: number; readonly complete: boolean },
): GoneWorker[] {
  const here = new Set(present.map(({ worker }) => worker));
  const left = complete
    ? earlier.filter(({ worker }) => !here.has(worker) && before.every((each) => each.worker !== worker))
    : [];
  return [...left.map((each) => ({ ...each, at: now })), ...before]
    .filter(({ worker, at }) => !here.has(worker) && now - at < GONE_MS)
    .slice(0, MOST_GONE);
}
