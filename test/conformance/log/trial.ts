import type { TestContext } from "vitest";
import type { Log } from "#runtime/log/port.js";
import { ManualClock, ReaderProbe } from "../log-support.js";

interface LogUnderTest {
  readonly log: Log;
  /** Opens the same records once more, after `log` was closed. */
  readonly reopen?: () => Promise<Log>;
  readonly revoke?: (topic: string, partition: number) => void;
  readonly assign?: (topic: string, partition: number) => void;
  readonly cleanUp?: () => Promise<void>;
}

/** "browsing": partitions(), browse() and appends to a given partition. "deleting": trim() and scrub(). "takeover": a second reader takes the topic at once. "mark": a topic counts as read before a position is stored. */
type Capability =
  | "partitions"
  | "revocation"
  | "reopening"
  | "takeover"
  | "mark"
  | "uniqueKeys"
  | "browsing"
  | "deleting";

export interface LogMaker {
  /** A new, empty log; `partitions` holds for topic "wide" only. */
  make(options: { readonly clock: ManualClock; readonly partitions: number }): Promise<LogUnderTest>;
  /** The time that records get; default: the clock's. */
  readonly time?: () => number;
  /** Bytes of key, headers and value that a record may have at most. */
  readonly largestRecord: number;
  /** What this log cannot do, with the reason. */
  readonly lacks: Partial<Record<Capability, string>>;
}

export const DAY_MS = 24 * 3_600_000;
export const OPTIONS = { group: "group", journal: "journal-1" } as const;

/** The log of one test: a new one each time. */
export class LogTrial {
  readonly lacks: LogMaker["lacks"];
  readonly largestRecord: number;
  readonly #make: LogMaker["make"];
  readonly #time: LogMaker["time"];
  #current: { log: Log; readonly under: LogUnderTest; readonly clock: ManualClock } | undefined;

  constructor({ make, largestRecord, lacks, time }: LogMaker) {
    this.#make = make;
    this.#time = time;
    this.largestRecord = largestRecord;
    this.lacks = lacks;
  }

  async begin(): Promise<void> {
    const clock = new ManualClock();
    const under = await this.#make({ clock, partitions: 3 });
    this.#current = { log: under.log, under, clock };
  }

  async end(): Promise<void> {
    await this.#now.log.close();
    await this.#now.under.cleanUp?.();
    this.#current = undefined;
  }

  get log(): Log {
    return this.#now.log;
  }

  get under(): LogUnderTest {
    return this.#now.under;
  }

  get clock(): ManualClock {
    return this.#now.clock;
  }

  /** The time that a record gets now. */
  appendTime(): number {
    return this.#time?.() ?? this.clock.wall();
  }

  /** Opens the log again, after it was closed. */
  async reopen(): Promise<void> {
    this.#now.log = (await this.#now.under.reopen?.()) ?? this.#now.log;
  }

  read(...topics: string[]): ReaderProbe {
    return new ReaderProbe(this.log.read(topics, OPTIONS));
  }

  /** Reads again from what was not settled. */
  reread(topic: string): ReaderProbe {
    return new ReaderProbe(this.log.read([topic], { ...OPTIONS, reread: true }));
  }

  /** Skips a test of what this log cannot do. */
  needs(context: TestContext, capability: Capability): void {
    const reason = this.lacks[capability];
    if (reason !== undefined) context.skip(reason);
  }

  get #now() {
    if (this.#current === undefined) throw new Error("a log exists only while a test runs");
    return this.#current;
  }
}

export function commitOf(topic: string, epoch: number, offset: number, unsettled = offset) {
  return { topic, partition: 0, epoch, offset, unsettled, journalCommit: "" };
}
