import type { Inflight } from "#runtime/broker/inflight/inflight.js";
import type { Parts } from "#runtime/broker/inflight/parts.js";

/** What a producer asks for. */
export interface Spec {
  readonly atMostOnce: boolean;
  /** Its id was chosen by the caller. */
  readonly chosenId: boolean;
  /** Seconds, 0: none. */
  readonly delay: number;
  readonly expires: number;
  readonly maxAttempts: number;
  readonly deadLetter: boolean;
  readonly task: number;
  readonly partition: number;
}

/** What is known of one activation from outside the broker. */
interface Accepted {
  readonly id: string;
  readonly spec: Spec;
  readonly attempts: number;
  readonly partition: number;
  readonly receivedAt: number;
  starts: number;
  /** Its settlement is on disk: once remembered, its id must not be handed out again. */
  finished: boolean;
  /** Ends that were observed: a rule's name, "completed", "retried" or "deadlettered". */
  readonly ends: Set<string>;
}

/** Knows every accepted activation, and throws when the machine breaks a promise. */
export class Oracle {
  readonly accepted = new Map<string, Accepted>();
  /** Rare paths that were taken. */
  readonly reached = new Set<string>();
  /** Rows were lost: at-least-once work may run after its end. */
  damaged = false;
  /** Remembered ids that were settled before the commit with that number. */
  #settled: { readonly id: string; readonly commit: number }[] = [];
  #remembered = 0;

  accept(id: string, spec: Spec, attempts: number, partition: number, receivedAt: number): void {
    if (this.accepted.has(id)) return;
    this.accepted.set(id, { id, spec, attempts, partition, receivedAt, starts: 0, finished: false, ends: new Set() });
  }

  started(id: string): void {
    const record = this.accepted.get(id);
    if (record !== undefined) record.starts += 1;
  }

  ended(id: string, end: string): void {
    this.accepted.get(id)?.ends.add(end);
  }

  handedOut(id: string): void {
    const record = this.accepted.get(id);
    if (this.damaged && record?.spec.atMostOnce === false) return;
    if (record?.finished === true) throw new Error(`${id} was handed out after its end was on disk`);
  }

  /** All changes up to the commit with this number are on disk. */
  committed(number: number): void {
    for (const { id, commit } of this.#settled) {
      const record = this.accepted.get(id);
      if (record !== undefined && commit <= number) record.finished = true;
    }
  }

  /** The broker lost what was not committed. */
  brokerKilled(): void {
    this.#settled = [];
  }

  /** Looks at the machine after an event. */
  observe(parts: Parts): void {
    const { backpressure, counters, finished } = parts;
    const { size } = finished;
    if (size !== this.#remembered) for (const record of this.accepted.values()) this.#noteSettled(record, parts);
    this.#remembered = size;
    for (const [end, count] of Object.entries(counters.ends)) if (count > 0) this.reached.add(`ended ${end}`);
    for (const [drop, count] of Object.entries(counters.drops)) if (count > 0) this.reached.add(`dropped ${drop}`);
    for (const reason of counters.failures.keys()) this.reached.add(`failed ${reason}`);
    for (const [, { paused }] of backpressure) for (const reason of paused) this.reached.add(`paused ${reason}`);
    if (counters.unpublishable.count > 0) this.reached.add("unpublishable");
  }

  /** What holds after every step. */
  check(machine: Inflight): void {
    for (const { id, spec, starts } of this.accepted.values()) {
      if (spec.atMostOnce && starts > 1) throw new Error(`${id} may start once and started ${starts} times`);
    }
    for (const [state, count] of Object.entries(machine.snapshot.counts)) {
      if (count < 0) throw new Error(`${count} activations are ${state}`);
    }
  }

  /** Accepted activations of which no end was observed. */
  unaccounted(): string[] {
    return [...this.accepted.values()].filter(({ ends }) => ends.size === 0).map(({ id }) => id);
  }

  /** Remembers an id that has just been settled. */
  #noteSettled({ id, spec, attempts, finished }: Accepted, parts: Parts): void {
    if (finished || (!spec.atMostOnce && !spec.chosenId && attempts === 0)) return;
    if (!parts.finished.has(id) || this.#settled.some((settled) => settled.id === id)) return;
    this.#settled.push({ id, commit: parts.changes.next });
  }
}
