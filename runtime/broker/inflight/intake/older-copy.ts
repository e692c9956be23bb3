import { keyOf, type TopicPartition } from "../../../base/topic-partition.js";
import type { Row } from "../live-row.js";
import type { Parts } from "../parts.js";
import type { CopiedRows } from "../persisted.js";
import type { Lifecycle } from "../states/lifecycle.js";

/** Why at-most-once work fails that another in-flight file, or a later copy of this one, may have handed out. */
export const MAY_HAVE_RUN_ELSEWHERE =
  "its record was read again; another in-flight file, or a later copy of this one, may have handed it out before";

/**
 * Rows that an older copy of the in-flight file brought back: the log has shown that the file went on after the copy was
 * made. The journal keeps it, because delayed and parked rows are judged when they are loaded.
 */
export class OlderCopy {
  readonly #parts: Pick<Parts, "step" | "rows">;
  readonly #lifecycle: Lifecycle;
  #below = 0;
  #first = 0;
  readonly #settled = new Map<string, readonly [string, number, number]>();
  #changed = false;

  constructor(parts: Parts, lifecycle: Lifecycle) {
    this.#parts = parts;
    this.#lifecycle = lifecycle;
  }

  /** `first`: rows from this number on are new. */
  recovered(known: CopiedRows | undefined, first: number): void {
    this.#first = first;
    this.#below = known?.below ?? 0;
    for (const each of known?.settled ?? []) this.#settled.set(keyOf({ topic: each[0], partition: each[1] }), each);
  }

  /** The log has stored a position of a later life of the file, which had settled everything below the offset. */
  found({ topic, partition }: TopicPartition, settledBelow: number): void {
    this.#parts.step.log(
      "error",
      "the in-flight file is an older copy of the one that stored the log's position: unsettled activations are read again and may run twice; at-most-once ones fail (taken_over)",
      { topic, partition, settledBelow },
    );
    this.#below = this.#first;
    this.#settled.set(keyOf({ topic, partition }), [topic, partition, settledBelow]);
    this.#changed = true;
    for (const row of [...this.#parts.rows]) this.judge(row);
  }

  /** Ends a row of the copy that the later life of the file settled, or may have started; false for any other. */
  judge(row: Row): boolean {
    if (row.settled || !(row.state === "pending" || row.state === "delayed")) return false;
    if (row.facts.seq >= this.#below) return false;
    if (row.facts.offset < (this.#settled.get(keyOf(row.facts))?.[2] ?? 0)) this.#lifecycle.release(row);
    else if (row.facts.atMostOnce) this.#lifecycle.fail(row, "taken_over", MAY_HAVE_RUN_ELSEWHERE);
    else return false;
    return true;
  }

  get changed(): boolean {
    return this.#changed;
  }

  /** All of it, when it changed since the last time. */
  takeChanged(): CopiedRows | undefined {
    if (!this.#changed) return undefined;
    this.#changed = false;
    return { below: this.#below, settled: [...this.#settled.values()] };
  }
}
