/** Why a worker is not ready: the closed list, in /readyz and in a metric. */
export const NOT_READY = ["starting", "stopping", "no_session", "no_child", "crash_loop"] as const;

export interface Reason {
  readonly code: (typeof NOT_READY)[number];
  readonly message: string;
}

export type Phase = "starting" | "running" | "stopping";

/** What is looked at of a worker that runs. */
export interface FetchPath {
  readonly sessions: readonly { readonly name: string; readonly connected: boolean }[];
  /** Something can run handlers: a child that has loaded them, or this process. */
  readonly runner: boolean;
  /** Children that ended in a row without finishing a run; undefined while that is no crash loop. */
  readonly crashes: number | undefined;
}

/** How often the worker is looked at, milliseconds. */
export const LOOK_MS = 1000;
/** So long the fetch path may be interrupted: a broker that restarts, a child that is replaced. Milliseconds. */
export const TOLERANCE_MS = 10_000;

/**
 * Whether work can come in and be run, as it was seen at each look. A worker whose process lives but that has no session, or
 * no child, is not ready.
 */
export class Readiness {
  phase: Phase = "starting";
  /** When a session was seen open, and a runner seen up. */
  #sessionAt: number | undefined;
  #runnerAt: number | undefined;

  look(now: number, path: FetchPath | undefined): void {
    if (path === undefined) return;
    if (path.sessions.some(({ connected }) => connected)) this.#sessionAt = now;
    if (path.runner) this.#runnerAt = now;
  }

  reasons(now: number, path: FetchPath | undefined): Reason[] {
    this.look(now, path);
    if (this.phase === "stopping") return [{ code: "stopping", message: "the worker stops: it takes no more work" }];
    if (path === undefined) return [{ code: "starting", message: "the worker is starting: its handlers are loading" }];
    const reasons: Reason[] = [];
    if (!lately(this.#sessionAt, now))
      reasons.push({ code: "no_session", message: noSession(path, this.#sessionAt === undefined) });
    if (!lately(this.#runnerAt, now))
      reasons.push({
        code: "no_child",
        message: `no child process was ready for ${TOLERANCE_MS / 1000} s; the log says how they end`,
      });
    if (path.crashes !== undefined)
      reasons.push({
        code: "crash_loop",
        message: `${path.crashes} child processes in a row ended without finishing a run; the log says how`,
      });
    return reasons;
  }
}

function noSession({ sessions }: FetchPath, never: boolean): string {
  const brokers = sessions.map(({ name }) => name).join(", ");
  return never
    ? `no broker has opened a session yet: ${brokers}; do they run, and can they be reached?`
    : `no session was open for ${TOLERANCE_MS / 1000} s, with any of ${brokers}; do they run, and can they be reached?`;
}

function lately(time: number | undefined, now: number): boolean {
  return time !== undefined && now - time <= TOLERANCE_MS;
}
