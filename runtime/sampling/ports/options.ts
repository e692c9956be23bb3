import type { Awaitable } from "./awaitable.js";

/** The options of dynamic-sampling.md 1 and 15.2, with what holds when nothing was set. */
export const OPTION_DEFAULTS = {
  /** Hours; null switches the sliding window off. */
  "dynamic-sampling:sliding_window.size": 24,
  "dynamic-sampling:prioritise_transactions.num_explicit_large_transactions": 30,
  "dynamic-sampling:prioritise_transactions.num_explicit_small_transactions": 0,
  "dynamic-sampling:prioritise_transactions.rebalance_intensity": 0.8,
  /** 0 switches the floor off. */
  "dynamic-sampling:prioritise_transactions.min_sample_rate": 0,
  /** Whether organizations with the spans feature are balanced by spans. */
  "dynamic-sampling.check_span_feature_flag": false,
} as const;

export type OptionName = keyof typeof OPTION_DEFAULTS;

export interface Options {
  /** The value as it was set, null included; undefined when nothing was. */
  get(name: OptionName): Awaitable<unknown>;
}
