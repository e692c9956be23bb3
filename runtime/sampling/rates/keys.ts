/** The store's keys (dynamic-sampling.md 14). */
export const rateKeys = {
  orgFactor: (orgId: number) => `ds::o:${orgId}:rate_rebalance_factor2`,
  projectFactor: (projectId: number) => `ds::p:${projectId}:rate_rebalance_factor2`,
  /** Beside a factor, of our own: what the last run decided for it, and that run's name. */
  decision: (factorKey: string) => `${factorKey}:decision`,
  /** A hash: project id to rate. */
  projectRates: (orgId: number) => `ds::o:${orgId}:prioritise_projects`,
  /** JSON: [{ name: rate }, implicit rate]. */
  transactionRates: (orgId: number, projectId: number) => `ds::o:${orgId}:p:${projectId}:pri_tran`,
  slidingWindowRate: (orgId: number) => `ds::o:${orgId}:sliding_window_org_sample_rate`,
  slidingWindowExecuted: "ds::sliding_window_org_executed",
} as const;

export const EXECUTED_MARK = "1";
