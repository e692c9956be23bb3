import * as $ from "taskwire/generated";
import type { EnvironmentModel } from "taskwire/model";

/** The tasks that are measured, in the form of generated code. */
interface Noop {
  n: number;
}

export interface Stamp {
  /** Nanoseconds of the monotonic clock that all processes of the machine share. */
  sent: number;
}

export interface Report {
  file: string;
}

export interface Wait {
  n: number;
}

interface Blob {
  data: Uint8Array;
}

export const environment: EnvironmentModel = {
  name: "bench",
  clusters: [{ name: "local", kind: "sqlite", file: "log.db" }],
  topics: [{ name: "bench", cluster: "local", partitions: 1, deadLetter: "bench-dlq", retry: "bench" }],
  routes: [{ namespace: "*", topic: "bench" }],
  pools: [
    {
      name: "default",
      topics: ["bench"],
      group: "bench",
      maxPendingCount: 16_384,
      maxProcessingCount: 16_384,
      maxProcessingAttempts: 5,
      maxProcessingDeadline: 3_600_000,
    },
  ],
};

const environments: $.Environments = { bench: environment };

const common = {
  namespace: "bench",
  application: "bench",
  processingDeadline: 30_000,
  environments: () => environments,
};

const blob = () => $.record<Blob, Blob>({ data: $.bytes() });

/** The encoded parameters of a `blob`. */
export function bytesParameter(data: Uint8Array): Uint8Array {
  return blob().write("bench.blob", { data });
}

export const bench = {
  noop: $.task<Noop, Noop>({
    ...common,
    key: "bench.noop",
    name: "bench.noop",
    hash: "noop",
    parameters: () => $.record<Noop, Noop>({ n: $.z.int() }),
  }),
  blob: $.task<Blob, Blob>({
    ...common,
    key: "bench.blob",
    name: "bench.blob",
    hash: "blob",
    parameters: blob,
  }),
  stamp: $.task<Stamp, Stamp>({
    ...common,
    key: "bench.stamp",
    name: "bench.stamp",
    hash: "stamp",
    parameters: () => $.record<Stamp, Stamp>({ sent: $.z.int() }),
  }),
  report: $.task<Report, Report>({
    ...common,
    key: "bench.report",
    name: "bench.report",
    hash: "report",
    parameters: () => $.record<Report, Report>({ file: $.z.string() }),
  }),
  waits: $.task<Wait, Wait>({
    ...common,
    key: "bench.waits",
    name: "bench.waits",
    hash: "waits",
    parameters: () => $.record<Wait, Wait>({ n: $.z.int() }),
    processingDeadline: 600_000,
  }),
  aborts: $.task<Report, Report>({
    ...common,
    key: "bench.aborts",
    name: "bench.aborts",
    hash: "aborts",
    parameters: () => $.record<Report, Report>({ file: $.z.string() }),
  }),
};
