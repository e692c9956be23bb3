import type { Sample } from "../round.js";

/** One measure of the comparison. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly unit: "/s" | "ms";
  of(sample: Sample): number | undefined;
}

const rate = (id: keyof Sample["rates"], name: string): Row => ({ id, name, unit: "/s", of: ({ rates }) => rates[id] });
const latency = (id: keyof Sample["latencies"], name: string): Row[] =>
  (["p50", "p99"] as const).map((share) => ({
    id: `${id} ${share}`,
    name: `${name}, ${share}`,
    unit: "ms",
    of: ({ latencies }) => latencies[id]?.[share],
  }));

export const ROWS: readonly Row[] = [
  rate("bulk", "bulk enqueue"),
  rate("atOnce", "50 callers at once"),
  rate("one", "drained, worker in one process"),
  rate("processes", "drained, handlers in other processes"),
  rate("sandboxed", "drained, handlers in child processes"),
  ...latency("together", "idle latency, broker and worker together"),
  ...latency("apart", "idle latency, apart"),
];
