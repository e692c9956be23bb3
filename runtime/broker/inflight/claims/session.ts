import type { TaskOffer } from "../../../wire/session.js";

/** A worker's session as the machine knows it. */
export interface Session {
  readonly id: string;
  readonly worker: string;
  readonly application: string;
  /** Wire names of its tasks. */
  readonly tasks: ReadonlySet<string>;
  readonly offers: readonly TaskOffer[];
  credit: number;
  draining: boolean;
  /** When its stream was lost; undefined while it is connected. */
  lostAt: number | undefined;
  /** What becomes of its runs was logged. */
  redeliveryLogged: boolean;
}
