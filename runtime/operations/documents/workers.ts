import type { Status } from "../status/document.js";

/** The answer to Workers. */
export type WorkersAnswer = Pick<Status, "sessions" | "pullClients" | "pushTargets">;

/** The answer to Drain. A drained worker is handed nothing more until its session ends or that is undone. */
export interface DrainAnswer {
  readonly worker: string;
  readonly drained: boolean;
  /** Whether something changed; false in a dry run. */
  readonly done: boolean;
  /** Runs that it had when it was drained; they finish. */
  readonly processing: number;
}
