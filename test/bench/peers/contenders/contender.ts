import type { Program } from "../program.js";

/** How workers run: handlers in the worker's process, in several processes, in child processes of the library, or beside the broker. */
export type Mode = "one" | "processes" | "sandboxed" | "together";

export type Throughput = "bulk" | "atOnce" | "one" | "processes" | "sandboxed";
export type Latency = "together" | "apart";

/** What is measured with one start of workers. */
export interface Phase {
  readonly mode: Mode;
  /** As what its drain counts; `count`: of how many, default: as many as asked for. */
  readonly drains?: { readonly as: readonly Throughput[]; readonly count?: number };
  /** As which the idle latency counts. */
  readonly latency?: readonly Latency[];
}

export interface Contender {
  readonly name: string;
  readonly version: string;
  /** What an acknowledged activation survives. */
  readonly durability: string;
  /** Its settings in the run, for people. */
  readonly setting: string;
  readonly phases: readonly Phase[];
  /** A fresh server and a producer. */
  open(): Promise<Stage>;
}

export interface Stage extends AsyncDisposable {
  readonly producer: Program;
  /** Starts the workers of a phase, which count their runs into `folder`. */
  work(mode: Mode, folder: string): Promise<Crew>;
}

/** Workers that run, with what they need. */
export interface Crew extends AsyncDisposable {
  /** Processes by name; those below them count as theirs. */
  readonly processes: Readonly<Record<string, number>>;
  /** Whether `count` activations are settled since these workers started, and nothing is left. */
  settled(count: number): Promise<boolean>;
}
