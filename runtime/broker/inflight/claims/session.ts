import type { About, TaskOffer } from "../../../wire/session.js";

/** A worker's session as the machine knows it. */
export interface Session {
  readonly id: string;
  readonly worker: string;
  readonly application: string;
  /** Wire names of its tasks. */
  readonly tasks: ReadonlySet<string>;
  readonly offers: readonly TaskOffer[];
  /** How many handlers its worker runs at once; undefined: not known, from before the start. */
  readonly slots: number | undefined;
  readonly about: About | undefined;
  credit: number;
  /** The worker takes no more work. */
  draining: boolean;
  /** People have drained the worker: it is handed nothing more. Its credit is kept. */
  drained: boolean;
  /** When its stream was lost; undefined while it is connected. */
  lostAt: number | undefined;
  /** What becomes of its runs was logged. */
  redeliveryLogged: boolean;
}
