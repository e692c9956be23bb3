import type { Pauses } from "#runtime/broker/inflight/events.js";
import type { Inflight } from "#runtime/broker/inflight/inflight.js";
import type { Parts } from "#runtime/broker/inflight/parts.js";
import type { Facts } from "#runtime/broker/inflight/row.js";

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

export const taskOf = ({ task }: Spec): string => `t${task}`;
export const namespaceOf = ({ task }: Spec): string => `n${task % 2}`;

/** The topic where demoted activations go; read by the same machine. */
export const COLD = "cold";

/** What is known of one activation from outside the broker. */
interface Accepted {
  readonly id: string;
  readonly spec: Spec;
  readonly attempts: number;
  readonly partition: number;
  readonly receivedAt: number;
  starts: number;
  /** How often it was forwarded: an at-least-once copy of one that has ended may run. */
  copies: number;
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
  #pauses: Pauses | undefined;
  /** Claims from before the last change of the pauses: those of at-most-once work may still wait for their commit. */
  #claimsBefore: ReadonlySet<number> = new Set();
  /** Of each task and partition, the highest number among activations that were handed out for the first time. */
  readonly #latest = new Map<string, number>();
  readonly #handedOut = new Set<string>();
  /** Records that were accounted for, by their places: in this life of the broker, and on disk. */
  #accounts = new Map<string, { readonly id: string; readonly how: string; readonly commit: number }>();
  readonly #durable = new Map<string, string>();

  accept(id: string, spec: Spec, attempts: number, partition: number, receivedAt: number): void {
    if (this.accepted.has(id)) return;
    this.accepted.set(id, {
      id,
      spec,
      attempts,
      partition,
      receivedAt,
      starts: 0,
      copies: 0,
      finished: false,
      ends: new Set(),
    });
  }

  /** `connected`: its worker has a session, and has read all that was sent to it. */
  started(id: string, connected: boolean): void {
    const record = this.accepted.get(id);
    if (record === undefined) return;
    record.starts += 1;
    if (connected && record.ends.has("cancelled on disk") && this.#isExact(record))
      throw new Error(`${id} was started after it was cancelled`);
  }

  /** The machine accounts for a record; the commit with this number makes it last. */
  accounted({ id, topic, partition, offset }: Facts, how: string, commit: number): void {
    const place = `${topic}/${partition}/${offset}`;
    const before = this.#accounts.get(place)?.how ?? (this.damaged ? undefined : this.#durable.get(place));
    if (before !== undefined) throw new Error(`${id} ended as ${how} after it had ended as ${before}`);
    this.#accounts.set(place, { id, how, commit });
  }

  ended(id: string, end: string): void {
    this.accepted.get(id)?.ends.add(end);
  }

  paused(pauses: Pauses, parts: Parts): void {
    this.#pauses = pauses;
    this.#claimsBefore = new Set([...parts.currentClaims.all()].map(({ claim }) => claim));
  }

  handedOut(id: string, claim: number, topic: string | undefined): void {
    const record = this.accepted.get(id);
    if (record !== undefined) {
      this.#checkPauses(record, claim, topic);
      this.#checkOrder(record, topic);
    }
    if (this.damaged && record?.spec.atMostOnce === false) return;
    if (record?.ends.has("cancelled on disk") === true && this.#isExact(record))
      throw new Error(`${id} was handed out after it was cancelled`);
    if (record?.finished === true) throw new Error(`${id} was handed out after its end was on disk`);
  }

  /** All changes up to the commit with this number are on disk. */
  committed(number: number): void {
    for (const [place, { id, how, commit }] of this.#accounts) {
      if (commit > number) continue;
      this.#durable.set(place, how);
      if (how === "cancelled") this.ended(id, "cancelled on disk");
    }
    for (const { id, commit } of this.#settled) {
      const record = this.accepted.get(id);
      if (record !== undefined && commit <= number) record.finished = true;
    }
  }

  /** The broker lost what was not committed. */
  brokerKilled(): void {
    this.#settled = [];
    this.#accounts.clear();
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

  #checkPauses({ id, spec }: Accepted, claim: number, topic: string | undefined): void {
    if (this.#pauses === undefined || this.#claimsBefore.has(claim)) return;
    const { namespaces, tasks, topics, pool } = this.#pauses;
    const paused =
      pool ||
      tasks.has(taskOf(spec)) ||
      namespaces.has(namespaceOf(spec)) ||
      (topic !== undefined && topics.has(topic));
    if (paused) throw new Error(`${id} was handed out although it is paused`);
  }

  /** Activations that never wait for a delay, a proof or their place in another topic start in their order in the log. */
  #checkOrder({ id, spec, attempts, partition }: Accepted, topic: string | undefined): void {
    const first = !this.#handedOut.has(id);
    this.#handedOut.add(id);
    if (!first || this.damaged || topic === COLD || spec.delay > 0 || spec.atMostOnce || spec.chosenId || attempts > 0)
      return;
    const number = Number(id.slice(1));
    const line = `${taskOf(spec)} ${partition}`;
    const latest = this.#latest.get(line) ?? 0;
    if (number < latest) throw new Error(`${id} was handed out for the first time after a${latest}, which comes later`);
    this.#latest.set(line, number);
  }

  /** Whether no copy of it may run once it has ended. */
  #isExact({ spec, copies, attempts }: Accepted): boolean {
    return spec.atMostOnce || (!this.damaged && (copies < 2 || spec.chosenId || attempts > 0));
  }

  /** Remembers an id that has just been settled. */
  #noteSettled({ id, spec, attempts, finished }: Accepted, parts: Parts): void {
    if (finished || (!spec.atMostOnce && !spec.chosenId && attempts === 0)) return;
    if (!parts.finished.has(id) || this.#settled.some((settled) => settled.id === id)) return;
    this.#settled.push({ id, commit: parts.changes.next });
  }
}
