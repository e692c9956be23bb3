import { CHOSEN_ID_HEADER } from "#runtime/activation/headers.js";
import { hash64 } from "#runtime/base/ids.js";
import { type EndListener, NO_LISTENER } from "#runtime/broker/inflight/end-listener.js";
import type { Act, Acted, Arrival, Effect, Event } from "#runtime/broker/inflight/events.js";
import { Inflight } from "#runtime/broker/inflight/inflight.js";
import { DEFAULT_LIMITS, type Limits } from "#runtime/broker/inflight/limits.js";
import { Parts } from "#runtime/broker/inflight/parts.js";
import type { Recovered } from "#runtime/broker/inflight/persisted.js";
import type { Delivery } from "#runtime/wire/session.js";
import { MachineJournal } from "./machine-journal.js";

export const TOPIC = "T";

/** What a record says; the rest is the same for all. Seconds on the wire. */
export interface RecordFields {
  readonly id?: string;
  readonly task?: string;
  readonly namespace?: string;
  readonly delay?: number;
  readonly expires?: number;
  readonly deadline?: number;
  readonly atMostOnce?: boolean;
  /** Its id was chosen by the caller. */
  readonly chosenId?: boolean;
  readonly deadLetter?: boolean;
  readonly bytes?: number;
  /** Milliseconds; absent: now. */
  readonly receivedAt?: number;
}

type Held = Extract<Effect, { kind: "load" | "publish" | "unpark" }>;

/**
 * The state machine with a journal, a log that takes all publications, and workers that complete all they are given.
 * Each can be held back, to put something in between.
 */
export class MachineHarness {
  machine: Inflight;
  parts: Parts;
  readonly journal = new MachineJournal();
  now = 1000;
  /** By how much the wall is ahead: the machine slept for so long, milliseconds. */
  lead = 0;
  /** Ids in the order in which they were handed out. */
  readonly starts: string[] = [];
  /** All that was handed out to sessions, and what was logged. */
  readonly delivered: Delivery[] = [];
  readonly said: Extract<Effect, { kind: "log" }>[] = [];
  /** Claims whose workers were asked to end their runs. */
  readonly asked: number[] = [];
  /** The answers to acts, and answers of the journal that are held back. */
  readonly answers = new Map<number, readonly Acted[]>();
  readonly found: Extract<Event, { kind: "found" }>[] = [];
  /** Answers to fetches: the id, undefined for nothing. */
  readonly handOuts: (string | undefined)[] = [];
  /** What nobody answered yet, of kinds that are held back. */
  readonly held: Held[] = [];
  readonly #limits: Limits;
  readonly #ends: EndListener;
  holdsFinds = false;
  holdsLoads = false;
  holdsUnparks = false;
  holdsPublications = false;
  holdsCommits = false;
  holdsOutcomes = false;
  #nextOffset = 0;
  #acts = 0;

  constructor(limits: Partial<Limits> = {}, known: Partial<Recovered> = {}, ends: EndListener = NO_LISTENER) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
    this.#ends = ends;
    this.parts = new Parts(this.#limits, ends);
    this.machine = new Inflight(this.#limits, this.parts);
    this.#recover(1, known);
  }

  get paused(): number {
    return this.parts.backpressure.topic(TOPIC).paused.size;
  }

  apply(event: Event): void {
    const events: (() => Event)[] = [() => event];
    for (let next = events.shift(); next !== undefined; next = events.shift()) {
      for (const effect of this.machine.apply(next(), this.now, this.now + this.lead))
        events.push(...this.#answers(effect));
      if (this.holdsCommits || this.machine.changed === 0) continue;
      const number = this.commit();
      events.push(() => ({ kind: "committed", number }));
    }
  }

  /** The changes are on disk; the machine does not know yet. */
  commit(): number {
    const changes = this.machine.takeChanges();
    this.journal.commit(changes);
    return changes.number;
  }

  tick(milliseconds: number): void {
    this.now += milliseconds;
    this.apply({ kind: "tick" });
  }

  /** The machine slept; then all that it asked for is answered. */
  sleep(milliseconds: number): void {
    this.lead += milliseconds;
    this.apply({ kind: "tick" });
  }

  /** A tick each second. */
  pass(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) this.tick(1000);
  }

  /** What each id was answered; undefined: the journal has not answered yet. */
  act(
    verb: Act["verb"],
    ids: readonly string[],
    also: Pick<Act, "ahead" | "chain" | "page"> = {},
  ): string[] | undefined {
    const act = this.#acts + 1;
    this.#acts = act;
    this.apply({ kind: "act", act, verb, ids, by: "ann", ...also });
    return this.answers.get(act)?.map(({ what }) => what);
  }

  /** The journal's answers that were held back. */
  answerFinds(): string[] {
    return this.found.splice(0).flatMap((found) => {
      this.apply(found);
      return this.answers.get(found.act)?.map(({ what }) => what) ?? [];
    });
  }

  assign(log: { readonly logId?: string; readonly first?: number; readonly end?: number } = {}): void {
    const { logId = "L", first = 0, end = 0 } = log;
    const place = { topic: TOPIC, partition: 0 };
    this.apply({ kind: "assigned", ...place, logId, committed: first, takenOver: false, first, end });
  }

  /** The next records of the log. */
  arrive(...records: readonly RecordFields[]): void {
    this.arriveFrom(this.#nextOffset, ...records);
  }

  arriveFrom(offset: number, ...records: readonly RecordFields[]): void {
    this.#nextOffset = offset + records.length;
    const arrivals = records.map((told, at) => arrival(offset + at, this.now + this.lead, told));
    this.apply({ kind: "arrived", topic: TOPIC, partition: 0, arrivals });
  }

  /** A worker with endless credit unless `credit` says otherwise; its session is called like it. */
  work(worker: string, tasks: readonly string[], credit = 1_000_000): void {
    this.open(worker, tasks, []);
    this.apply({ kind: "credit", session: worker, count: credit });
  }

  open(worker: string, tasks: readonly string[], held: Extract<Event, { kind: "opened" }>["held"]): void {
    const offers = tasks.map((name) => ({ name, hash: "" }));
    this.apply({ kind: "opened", session: worker, worker, application: "app", tasks: offers, held });
  }

  complete(worker: string, claims: readonly number[]): void {
    const outcomes = claims.map((claim) => ({ kind: "complete", claim }) as const);
    this.apply({ kind: "outcomes", session: worker, outcomes });
  }

  fail(worker: string): void {
    const outcomes = this.claimsOf(worker).map(
      (claim) => ({ kind: "failure", claim, reason: "error", error: "thrown" }) as const,
    );
    this.apply({ kind: "outcomes", session: worker, outcomes });
  }

  claimsOf(worker: string): number[] {
    return [...this.parts.currentClaims.heldBy(worker)].map(({ claim }) => claim);
  }

  /** The log refuses for good what waits to be published. */
  refuse(): void {
    for (const effect of this.held.splice(0)) {
      if (effect.kind === "publish") this.apply({ kind: "unpublishable", row: effect.row, error: "too large" });
    }
  }

  /** The journal answers what it was asked for parked rows. */
  answerUnparks(): void {
    this.holdsUnparks = false;
    for (const effect of this.held.splice(0)) if (effect.kind === "unpark") this.apply(this.journal.unpark(effect));
  }

  /** The log takes what waits to be published. */
  publish(): void {
    for (const effect of this.held.splice(0)) {
      if (effect.kind === "publish") this.apply({ kind: "published", rows: [effect.row] });
    }
  }

  /** The broker is killed and comes back with what the journal has; records from `position` on may come in again. */
  restart(position = this.#nextOffset): void {
    this.parts = new Parts(this.#limits, this.#ends);
    this.machine = new Inflight(this.#limits, this.parts);
    this.now += this.lead;
    this.lead = 0;
    this.held.length = 0;
    const { rows, remembered } = this.journal;
    const away = [...rows.values()].filter(({ state }) => state === "delayed" || state === "parked");
    this.#recover(2, {
      nextSeq: Math.max(0, ...rows.keys()) + 1,
      partitions: [{ topic: TOPIC, partition: 0, logId: "L", position, done: [] }],
      rows: [...rows.values()].filter(({ state }) => state !== "delayed" && state !== "parked"),
      ahead: this.journal.ahead,
      nextDue: Math.min(...away.filter(({ state }) => state === "delayed").map(({ due }) => due)),
      counted: away.map(({ state, topic, application, namespace, task, receivedAt }) => {
        if (state !== "delayed" && state !== "parked") throw new Error(`a row that is ${state} is live`);
        return { state, topic, application, namespace, task, count: 1, oldest: receivedAt };
      }),
      storedOnly: BigUint64Array.from(
        away.filter(({ remembered }) => remembered),
        ({ id }) => hash64(id),
      ),
      finished: {
        hashes: BigUint64Array.from(remembered, ({ hash }) => hash),
        until: Float64Array.from(remembered, ({ until }) => until),
      },
    });
  }

  #recover(boot: number, known: Partial<Recovered>): void {
    this.apply({
      kind: "recovered",
      boot,
      nextSeq: 1,
      partitions: [],
      rows: [],
      counted: [],
      nextDue: Number.POSITIVE_INFINITY,
      finished: { hashes: new BigUint64Array(0), until: new Float64Array(0) },
      rebuilt: [],
      workers: [],
      ...known,
    });
  }

  /** What the world makes of an effect; asked for in its turn, when all before is on disk. */
  #answers(effect: Effect): (() => Event)[] {
    switch (effect.kind) {
      case "load":
        if (!this.holdsLoads) return [() => this.journal.load(effect)];
        this.held.push(effect);
        return [];
      case "unpark":
        if (!this.holdsUnparks) return [() => this.journal.unpark(effect)];
        this.held.push(effect);
        return [];
      case "find":
        if (!this.holdsFinds) return [() => this.journal.find(effect)];
        this.found.push(this.journal.find(effect));
        return [];
      case "page":
        if (!this.holdsFinds) return [() => this.journal.page(effect)];
        this.found.push(this.journal.page(effect));
        return [];
      case "acted":
        this.answers.set(effect.act, effect.answers);
        return [];
      case "cancel":
        this.asked.push(...effect.claims);
        return [];
      case "publish":
        if (!this.holdsPublications) return [() => ({ kind: "published", rows: [effect.row] })];
        this.held.push(effect);
        return [];
      case "handOut":
        this.handOuts.push(effect.delivery === undefined ? undefined : this.#idOf(effect.delivery.claim));
        return [];
      case "deliver": {
        const { session, deliveries } = effect;
        this.delivered.push(...deliveries);
        for (const { claim } of deliveries) this.starts.push(this.#idOf(claim));
        if (this.holdsOutcomes) return [];
        const outcomes = deliveries.map(({ claim }) => ({ kind: "complete", claim }) as const);
        return [
          () => ({ kind: "outcomes", session, outcomes }),
          () => ({ kind: "credit", session, count: deliveries.length }),
        ];
      }
      case "log":
        this.said.push(effect);
        return [];
      default:
        return [];
    }
  }

  #idOf(claim: number): string {
    return this.machine.claimed(claim)?.id ?? `nothing has claim ${claim}`;
  }
}

/** The same record several times. */
export function times(count: number, told: RecordFields = {}): RecordFields[] {
  return Array.from({ length: count }, () => told);
}

function arrival(offset: number, now: number, told: RecordFields): Arrival {
  return {
    offset,
    payload: Buffer.alloc(told.bytes ?? 10),
    head: {
      id: told.id ?? `i${offset}`,
      namespace: told.namespace ?? "n",
      task: told.task ?? "t",
      application: "app",
      headers: new Map(told.chosenId === true ? [[CHOSEN_ID_HEADER, "1"]] : []),
      receivedAt: told.receivedAt ?? now,
      retry: {
        attempts: 0,
        maxAttempts: 0,
        onExceeded: told.deadLetter === true ? "deadletter" : "discard",
        atMostOnce: told.atMostOnce ?? false,
        delay: undefined,
      },
      deadline: told.deadline ?? 5,
      expires: told.expires,
      delay: told.delay,
    },
  };
}
