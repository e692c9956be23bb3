import type { TaskOffer } from "../../../wire/session.js";

/** A worker's session as the machine knows it. */
export interface Claimant {
  readonly session: string;
  readonly worker: string;
  readonly application: string;
  readonly tasks: ReadonlySet<string>;
  readonly offers: readonly TaskOffer[];
  credit: number;
  draining: boolean;
  /** When its stream was lost; undefined while it is there. */
  lostAt: number | undefined;
  /** It was said what becomes of its runs. */
  told: boolean;
}
