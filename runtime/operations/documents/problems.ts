import type { Finding } from "../diagnose/finding.js";

/** The answer of Problems. */
export interface ProblemsDocument {
  /** The worst first, at most 200; empty: nothing is wrong. */
  readonly findings: readonly Finding[];
  /** What there is, in one line. */
  readonly summary: string;
}
