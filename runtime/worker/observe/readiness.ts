/** Why a worker is not ready: the closed list, in /readyz and in a metric. */
export const NOT_READY = ["starting", "stopping", "no_session", "no_child", "crash_loop"] as const;

export interface Reason {
  readonly code: (typeof NOT_READY)[number];
  readonly message: string;
}

type Phase = "starting" | "running" | "stopping";

/** What readiness depends on while a worker runs. */
export interface FetchPath {
  readonly sessions: readonly { readonly name: string; readonly connected: boolean }[];
  /** A child that has loaded the handlers, or this process, can run them. */
  readonly runner: boolean;
  /** Children that ended in a row without finishing a run; undefined unless they are in a crash loop. */
  readonly crashes: number | undefined;
}

/** How often readiness is checked, milliseconds. */
export const LOOK_MS = 1000;
/** How long sessions or children may be missing after a restart, milliseconds. Exported for tests. */
export const TOLERANCE_MS = 10_000;

/**
 * Whether the worker can get work and run it, as seen at each check. A worker whose process is alive but that has no
 * session, or no child, is not ready.
 */
export class Readiness {
  phase: Phase = "starting";
  /** When an open session, and a runner, were last seen. */
  #sessionAt: number | undefined;
  #runnerAt: number | undefined;

  look(now: number, path: FetchPath | undefined): void {
    if (path === undefined) return;
    if (path.sessions.some(({ connected }) => connected)) this.#sessionAt = now;
    if (path.runner) this.#runnerAt = now;
  }

  reasons(now: number, path: FetchPath | undefined): Reason[] {
    this.look(now, path);
    if (this.phase === "stopping")
      return [{ code: "stopping", message: "the worker is stopping and takes no more work" }];
    if (path === undefined) return [{ code: "starting", message: "the worker is starting: its handlers are loading" }];
    const reasons: Reason[] = [];
    if (!lately(this.#sessionAt, now))
      reasons.push({ code: "no_session", message: noSession(path, this.#sessionAt === undefined) });
    if (!lately(this.#runnerAt, now))
      reasons.push({
        code: "no_child",
        message: `no child process was ready for ${TOLERANCE_MS / 1000} s; see the log for how they ended`,
      });
    if (path.crashes !== undefined)
      reasons.push({
        code: "crash_loop",
        message: `${path.crashes} child processes in a row ended without finishing a run; see the log for how they ended`,
      });
    return reasons;
  }
}

function noSession({ sessions }: FetchPath, never: boolean): string {
  const brokers = sessions.map(({ name }) => name).join(", ");
  return never
    ? `no broker has opened a session yet (${brokers}); check that brokers run and can be reached`
    : `no session with a broker was open for ${TOLERANCE_MS / 1000} s (${brokers}); check that brokers run and can be reached`;
}

function lately(time: number | undefined, now: number): boolean {
  return time !== undefined && now - time <= TOLERANCE_MS;
}
