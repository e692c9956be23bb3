import { CHOSEN_ID_HEADER } from "#runtime/activation/headers.js";
import type { Arrival } from "#runtime/broker/inflight/events.js";
import { COLD, namespaceOf, type Spec, taskOf } from "./oracle.js";

const TOPIC = "work";
const PARTITIONS = 2;
/** All lines of the log: the partitions of "work", and last the one of the cold topic. */
export const LINES = PARTITIONS + 1;
export const COLD_LINE = PARTITIONS;

interface Line {
  readonly records: Arrival[];
  /** The broker's reader is here. */
  readTo: number;
  /** What lay below it when the log changed hands; undefined when it did not. */
  takenUntil: number | undefined;
}

/** A log in memory: two partitions of one topic, and the cold topic. */
export class SimulatedLog {
  readonly #lines: readonly Line[] = Array.from({ length: LINES }, () => ({
    records: [],
    readTo: 0,
    takenUntil: undefined,
  }));

  append(at: number, spec: Spec, attempts: number, id: string, receivedAt: number): void {
    const { records } = this.#line(at);
    records.push({
      offset: records.length,
      payload: Buffer.from(id),
      head: {
        id,
        namespace: namespaceOf(spec),
        task: taskOf(spec),
        application: "app",
        headers: new Map(spec.chosenId ? [[CHOSEN_ID_HEADER, "1"]] : []),
        receivedAt,
        retry: {
          attempts,
          maxAttempts: spec.maxAttempts,
          onExceeded: spec.deadLetter ? "deadletter" : "discard",
          atMostOnce: spec.atMostOnce,
          delay: undefined,
        },
        deadline: 5,
        expires: spec.expires === 0 ? undefined : spec.expires,
        delay: spec.delay === 0 ? undefined : spec.delay,
      },
    });
  }

  /** The next records of a line, at most `count`. */
  next(at: number, count: number): Arrival[] {
    const line = this.#line(at);
    const arrivals = line.records.slice(line.readTo, line.readTo + count);
    line.readTo += arrivals.length;
    return arrivals;
  }

  /** The journal has stored that everything of the line below this position is settled. */
  committed(at: number, position: number): void {
    const line = this.#line(at);
    if (position >= (line.takenUntil ?? 0)) line.takenUntil = undefined;
  }

  /** Reads all lines from their beginning; `foreign`: for another journal than before. */
  assign(foreign: boolean): { at: number; committed: number | undefined; end: number }[] {
    return this.#lines.map((line, at) => {
      const end = line.records.length;
      line.readTo = 0;
      if (foreign) line.takenUntil = end;
      return { at, committed: line.takenUntil, end };
    });
  }

  /** Whether the broker has read everything. */
  get isRead(): boolean {
    return this.#lines.every(({ records, readTo }) => readTo === records.length);
  }

  #line(at: number): Line {
    const line = this.#lines[at];
    if (line === undefined) throw new Error(`the log has no line ${at}`);
    return line;
  }
}

export const partitionOf = (spec: Spec): number => spec.partition % PARTITIONS;

export const lineOf = (topic: string, partition: number): number => (topic === COLD ? COLD_LINE : partition);

export function placeOf(line: number): { readonly topic: string; readonly partition: number } {
  return line === COLD_LINE ? { topic: COLD, partition: 0 } : { topic: TOPIC, partition: line };
}
