/** What a cost is measured with. */
export interface Size {
  /** Appended at once, when nothing is left of the burst before. */
  readonly burst: number;
  readonly tasks: number;
  readonly partitions: number;
  /** Worker processes. */
  readonly workers: number;
  /** Bytes of the parameters. */
  readonly bytes: number;
  /** Activations that are measured, in bursts; as many run before that, to warm up, at most `WARM`. */
  readonly measured: number;
  /** Partitions need Kafka: the embedded log has one. */
  readonly cluster: "embedded" | "kafka";
}

interface Axis {
  readonly id: string;
  readonly name: string;
  /** From left to right. */
  readonly places: readonly (readonly [string, Size])[];
}

export const WARM = 60_000;

const BASE: Size = {
  burst: 20_000,
  tasks: 1,
  partitions: 1,
  workers: 1,
  bytes: 100,
  measured: 20_000,
  cluster: "embedded",
};

function axis(id: string, name: string, places: readonly (readonly [string, Partial<Size>])[]): Axis {
  return { id, name, places: places.map(([place, size]) => [place, { ...BASE, ...size }] as const) };
}

export const AXES: readonly Axis[] = [
  axis("backlog", "activations at once", [
    ["1k", { burst: 1000 }],
    ["10k", { burst: 10_000 }],
    ["100k", { burst: 100_000, measured: 100_000 }],
    ["1M", { burst: 1_000_000, measured: 1_000_000 }],
  ]),
  axis(
    "tasks",
    "tasks of the application",
    [1, 10, 100, 1000].map((tasks) => [tasks.toLocaleString("en-US"), { tasks }] as const),
  ),
  axis(
    "partitions",
    "partitions, on Kafka",
    [1, 4, 16].map((partitions) => [String(partitions), { partitions, cluster: "kafka" }] as const),
  ),
  axis(
    "workers",
    "workers, each a process",
    [1, 8, 64].map((workers) => [String(workers), { workers, burst: 60_000, measured: 60_000 }] as const),
  ),
  axis("payload", "bytes of the parameters", [
    ["100 B", {}],
    ["1 KiB", { bytes: 1024 }],
    ["100 KiB", { bytes: 102_400, burst: 2000, measured: 2000 }],
  ]),
];
