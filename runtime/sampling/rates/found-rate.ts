/** A looked-up rate, 0..1. */
export interface FoundRate<Rate extends number | null = number | null> {
  readonly rate: Rate;
  /** Whether it is the rate that was looked for; false: a fallback. */
  readonly success: boolean;
}
