import type { Reason } from "#runtime/activation/reasons.js";
import { Tally } from "#runtime/broker/inflight/counts/tally.js";
import type { EndListener } from "#runtime/broker/inflight/end-listener.js";
import { Row } from "#runtime/broker/inflight/live-row.js";

export const WALL = Date.parse("2026-03-01T10:00:00.000Z");

type Ended = Parameters<EndListener["ended"]>[1];

export interface EndFields {
  readonly id?: string;
  readonly task?: string;
  readonly how?: Ended;
  /** Since WALL, milliseconds. */
  readonly at?: number;
  readonly waited?: number;
  readonly ran?: number;
  readonly held?: number;
  readonly worker?: string;
  readonly reason?: Reason;
  readonly error?: string;
  readonly attempts?: number;
  readonly payload?: Uint8Array;
}

/** Ends of activations of any tasks, as the machine reports them: one tally for each task. */
export class Ends {
  readonly #listener: EndListener;
  readonly #tallies = new Map<string, Tally>();
  #seq = 0;

  constructor(listener: EndListener) {
    this.#listener = listener;
  }

  tally(task: string): Tally {
    const tally = this.#tallies.get(task) ?? new Tally("app", "things", task);
    this.#tallies.set(task, tally);
    return tally;
  }

  end({
    task = "things.one",
    how = "completed",
    at = 0,
    waited = 0,
    held = 10,
    ran = 0,
    ...told
  }: EndFields = {}): void {
    this.#seq += 1;
    const [now, wall] = [1_000_000 + at, WALL + at];
    const facts = {
      seq: this.#seq,
      id: told.id ?? `i${this.#seq}`,
      namespace: "things",
      task,
      application: "app",
      topic: "work",
      partition: 3,
      offset: this.#seq,
      payload: told.payload ?? new Uint8Array(0),
      receivedAt: wall - held - waited,
      due: 0,
      expiresAt: Number.POSITIVE_INFINITY,
      deadline: 30_000,
      atMostOnce: false,
      deadLetter: false,
      attempts: told.attempts ?? 0,
      maxAttempts: 3,
      remembered: false,
    };
    const row = new Row(facts, this.tally(task), "processing");
    row.claimedAt = now - held;
    row.claim = this.#seq;
    row.worker = told.worker ?? "w";
    row.ran = ran;
    if (how !== "completed") row.ending = { reason: told.reason ?? "error", error: told.error ?? "Error: thrown" };
    this.#listener.ended(row, how, now, wall);
  }
}
