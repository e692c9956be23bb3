import { appendFileSync, closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * What producers, handlers and the test itself did: an append-only file that every process writes to, one line in one
 * write, so that a killed process loses no line and lines never mix. Times are milliseconds since the epoch.
 */
export type Entry = Invoked | Accepted | Refused | Run | Killed;

/** A producer is about to append. Without an `accepted` behind it nobody knows whether it was. */
export interface Invoked {
  readonly what: "invoked";
  readonly id: string;
  readonly atMostOnce: boolean;
  /** It must not start before; 0: at once. */
  readonly notBefore: number;
  readonly at: number;
}

interface Accepted {
  readonly what: "accepted";
  readonly id: string;
  readonly at: number;
}

/** The append was answered by an error: nobody knows whether the log has it. */
interface Refused {
  readonly what: "refused";
  readonly id: string;
  /** Code of the error. */
  readonly code: string;
  readonly at: number;
}

/** `ended`: the handler returned; one that threw has none. */
export interface Run {
  readonly what: "started" | "ended";
  readonly id: string;
  /** Id of the first run of its chain. */
  readonly root: string;
  readonly attempt: number;
  readonly pid: number;
  readonly at: number;
}

export interface Killed {
  readonly what: "killed";
  readonly who: "broker" | "supervisor" | "child" | "producer";
  readonly pid: number;
  readonly at: number;
}

/** Where a worker's handlers find the folder of the history. */
export const FOLDER_VARIABLE = "TASKWIRE_TEST_FOLDER";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export class History {
  readonly #file: string;

  constructor(folder: string) {
    this.#file = join(folder, "runs.ndjson");
  }

  add(entry: Without<Entry, "at">): void {
    appendFileSync(this.#file, `${JSON.stringify({ ...entry, at: Date.now() })}\n`);
  }

  /** Bytes so far: a cheap sign of progress. */
  get size(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }

  read(): Entry[] {
    return existsSync(this.#file) ? parsed(readFileSync(this.#file, "utf8")) : [];
  }

  /** What gives the entries since it was called last, at first all. */
  follow(): () => Entry[] {
    let at = 0;
    return () => {
      const bytes = Buffer.alloc(this.size - at);
      if (bytes.length === 0) return [];
      const file = openSync(this.#file, "r");
      readSync(file, bytes, 0, bytes.length, at);
      closeSync(file);
      // The last line may still be incomplete.
      const whole = bytes.subarray(0, bytes.lastIndexOf("\n") + 1);
      at += whole.length;
      return parsed(whole.toString());
    };
  }

  /** Handlers that returned. */
  ended(): Run[] {
    return this.read().flatMap((entry) => (entry.what === "ended" ? [entry] : []));
  }
}

function parsed(lines: string): Entry[] {
  return lines
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
