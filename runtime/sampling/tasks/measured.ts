import type { Monotonic } from "../timing/monotonic.js";
import type { MetricsSink } from "./instruments.js";

/**
 * Counts the start of a task, then runs it within its duration metric, which is emitted once at the end, tagged `result`
 * success or failure (dynamic-sampling.md 6). Errors pass.
 */
export async function measured<T>(
  base: string,
  { metrics, monotonic }: { readonly metrics: MetricsSink; readonly monotonic: Monotonic },
  run: () => T,
): Promise<Awaited<T>> {
  metrics.count(`${base}.start`, 1, { sampleRate: 1 });
  const started = monotonic();
  let result = "failure";
  try {
    const value = await run();
    result = "success";
    return value;
  } finally {
    metrics.duration(base, monotonic() - started, { sampleRate: 1, tags: { result } });
  }
}
