import { nextId } from "#runtime/activation/retry.js";
import type { Act, Effect, Event, Pauses, PublishAs } from "#runtime/broker/inflight/events.js";
import { Inflight } from "#runtime/broker/inflight/inflight.js";
import { DEFAULT_LIMITS, type Limits } from "#runtime/broker/inflight/limits.js";
import type { Row } from "#runtime/broker/inflight/live-row.js";
import { Parts } from "#runtime/broker/inflight/parts.js";
import type { PageRequest } from "#runtime/broker/inflight/persisted.js";
import type { Delivery } from "#runtime/wire/session.js";
import { SimulatedJournal } from "./journal.js";
import { COLD_LINE, LINES, lineOf, partitionOf, placeOf, SimulatedLog } from "./log.js";
import { COLD, Oracle, type Spec } from "./oracle.js";

export const NOTHING_PAUSED: Pauses = { namespaces: new Set(), tasks: new Set(), topics: new Set(), pool: false };

/** Those whom the machine gives work to. */
interface Actors {
  deliver(session: string, deliveries: readonly Delivery[]): void;
  /** A worker is to end the runs of these claims. */
  cancel(session: string, claims: readonly number[]): void;
  /** Answers a fetch; undefined: with nothing. */
  handOut(delivery: Delivery | undefined): void;
  /** The commit with this number is on disk and acknowledged. */
  committed(number: number): void;
  /** There was nothing to commit: outcomes whose claims had ended are acknowledged. */
  unchanged(): void;
  brokerKilled(): void;
}

/**
 * The machine and a real journal store on a simulated clock, with a log in memory and a publisher. `kill` forgets
 * everything that was not committed, as kill -9 of the broker does.
 */
export class World {
  readonly limits: Limits;
  readonly oracle = new Oracle();
  readonly log = new SimulatedLog();
  readonly journal = new SimulatedJournal();
  machine: Inflight;
  /** What the machine is made of. */
  parts: Parts;
  now = 1_000_000;
  /** By how much the wall clock is ahead of the steady one since the broker's start: the machine was asleep. */
  lead = 0;
  #actors: Actors | undefined;
  /** The journal's identity is lost: the log takes it for another journal's. */
  #foreign = false;
  /** Tasks that are dropped and demoted at the moment; -1: none. */
  #dropped = -1;
  #demoted = -1;
  /** What is paused; it is on disk, so it survives the broker. */
  #pauses = NOTHING_PAUSED;
  #ids = 0;
  #acts = 0;
  /** Acts that were not answered yet. */
  readonly #verbs = new Map<number, Omit<Act, "act">>();
  #publications: { readonly as: PublishAs; readonly row: Row }[] = [];

  constructor(limits: Partial<Limits>) {
    this.limits = {
      ...DEFAULT_LIMITS,
      maxPendingCount: 12,
      maxProcessingCount: 8,
      maxProcessingAttempts: 2,
      loadLimit: 3,
      ...limits,
    };
    this.parts = this.#newParts();
    this.machine = new Inflight(this.limits, this.parts);
  }

  get wall(): number {
    return this.now + this.lead;
  }

  begin(actors: Actors): void {
    this.#actors = actors;
    this.#start();
  }

  apply(event: Event): void {
    for (const effect of this.machine.apply(event, this.now, this.wall)) this.#perform(effect);
    this.oracle.observe(this.parts);
  }

  append(spec: Spec, attempts = 0, id = `a${++this.#ids}`): void {
    const partition = partitionOf(spec);
    this.oracle.accept(id, spec, attempts, partition, this.wall);
    this.log.append(partition, spec, attempts, id, this.wall);
  }

  /** Its caller sends an activation again, at once, under the id that it chose. */
  sendAgain(pick: number): void {
    const chosen = [...this.oracle.accepted.values()].filter(({ spec, attempts }) => spec.chosenId && attempts === 0);
    const first = chosen[pick % Math.max(1, chosen.length)];
    if (first === undefined) return;
    this.log.append(first.partition, { ...first.spec, delay: 0 }, 0, first.id, this.wall);
    this.oracle.reached.add("sent again");
  }

  read(at: number, count: number): void {
    const line = at % LINES;
    const place = placeOf(line);
    if (this.machine.isPaused(place.topic)) return;
    const arrivals = this.log.next(line, count);
    if (arrivals.length > 0) this.apply({ kind: "arrived", ...place, arrivals });
  }

  /** An operator does something to some of the activations, while the journal answers no other one. */
  act(verb: Act["verb"], picks: readonly number[], ahead: boolean): void {
    if (this.#verbs.size > 0) return;
    const all = [...this.oracle.accepted.keys()];
    const ids = new Set(picks.flatMap((pick) => all[pick % Math.max(1, all.length)] ?? []));
    if (ahead) for (const id of [...ids]) ids.add(nextId(id, 1));
    this.#act({ verb, ids: [...ids], by: "ann", ahead, chain: ahead });
  }

  /** An operator does something to all activations of a task that only the journal has in this state, page by page. */
  sweep(verb: Act["verb"], state: "delayed" | "parked", task: number, limit: number): void {
    if (this.#verbs.size > 0) return;
    const kinds = [...this.parts.tallies].flatMap((tally) =>
      [...this.parts.backpressure].map(([topic]) => {
        const { application, namespace, task } = tally;
        return { state, topic, application, namespace, task };
      }),
    );
    const common = { limit, payload: false };
    const request: PageRequest =
      state === "delayed"
        ? { ...common, order: "due", after: { due: -1, seq: -1 } }
        : { ...common, order: "received", after: { receivedAt: -1, seq: -1 }, kinds };
    const matches = (facts: { readonly task: string }, row: { readonly state: string }) =>
      facts.task === `t${task}` && row.state === state;
    this.#act({ verb, ids: [], by: "ann", states: new Set([state]), page: { request, matches } });
  }

  /** The runtime configuration changes; -1: for no task. */
  police(dropped: number, demoted: number): void {
    this.#dropped = dropped;
    this.#demoted = demoted;
    this.#applyPolicy();
  }

  /** People replace what is paused; the answer waits until claims of before are handed out or returned. */
  pause(pauses: Pauses): void {
    this.#pauses = pauses;
    this.oracle.paused(pauses, this.parts);
    this.apply({ kind: "pauses", pauses });
  }

  /** Sends the changes to the journal; they are on disk, but the machine does not know yet. */
  commit(): void {
    if (this.machine.changed === 0) return;
    const changes = this.machine.takeChanges();
    if (!this.journal.commit(changes)) {
      this.kill();
      return;
    }
    for (const { topic, partition, position } of changes.partitions)
      this.log.committed(lineOf(topic, partition), position);
    this.oracle.committed(changes.number);
  }

  /** The machine learns of the oldest commit that it does not know of. */
  acknowledge(): void {
    const number = this.journal.unacknowledged.shift();
    if (number !== undefined) {
      this.#actors?.committed(number);
      this.apply({ kind: "committed", number });
    } else if (this.machine.changed === 0) {
      this.#actors?.unchanged();
    }
  }

  /** The log takes the first waiting publication; the machine may not learn of it. */
  publish(acknowledged: boolean): void {
    const publication = acknowledged ? this.#publications.shift() : this.#publications[0];
    if (publication === undefined) return;
    const { as, row } = publication;
    const { id } = row.facts;
    const before = this.oracle.accepted.get(id);
    if (as === "forward") {
      if (before !== undefined) {
        before.copies += 1;
        this.log.append(COLD_LINE, before.spec, before.attempts, id, this.wall);
      }
    } else {
      this.oracle.ended(id, as === "retry" ? "retried" : "deadlettered");
    }
    // The next run's id is a function of the failed one: publishing twice appends the same activation twice.
    if (as === "retry" && before !== undefined)
      this.append(before.spec, before.attempts + 1, nextId(id, before.attempts + 1));
    if (acknowledged) this.apply({ kind: "published", rows: [row] });
  }

  /** The log rejects the first waiting dead letter permanently. */
  rejectPublication(): void {
    const rejected = this.#publications.find(({ as }) => as === "deadletter");
    if (rejected === undefined) return;
    this.#publications = this.#publications.filter((other) => other !== rejected);
    this.apply({ kind: "unpublishable", row: rejected.row, error: "too large" });
  }

  /** The first call reads the journal, the second hands the answer over: other events may come between. */
  answerLoad(): void {
    for (const kind of ["load", "unpark", "find", "page"] as const) {
      const answer = this.journal.answer(kind);
      if (answer !== undefined) this.apply(answer);
      else if (this.journal.waits(kind)) {
        this.commit();
        if (!this.journal.read(kind)) this.kill();
      }
    }
  }

  advance(milliseconds: number): void {
    this.now += milliseconds;
    this.apply({ kind: "tick" });
  }

  /** kill -9 of the broker, and its next start; `meanwhile` happens in between. */
  kill(meanwhile: () => void = () => {}): void {
    this.journal.stop();
    meanwhile();
    this.parts = this.#newParts();
    this.machine = new Inflight(this.limits, this.parts);
    this.now += this.lead;
    this.lead = 0;
    this.#publications = [];
    this.#verbs.clear();
    this.oracle.brokerKilled();
    this.#actors?.brokerKilled();
    const { rebuilt, foreign } = this.journal.start();
    if (rebuilt) this.oracle.reached.add("rebuilt");
    if (foreign) this.#foreign = true;
    this.#start();
  }

  get isPublishing(): boolean {
    return this.#publications.length > 0;
  }

  /** Whether everything was read and nothing is in flight. */
  get isDrained(): boolean {
    return this.log.isRead && Object.values(this.parts.tallies.total()).every((count) => count === 0);
  }

  #newParts(): Parts {
    const parts = new Parts(this.limits, {
      ended: ({ facts }, how) => this.oracle.accounted(facts, how, parts.changes.next),
    });
    return parts;
  }

  #start(): void {
    this.apply({ kind: "recovered", ...this.journal.recovered });
    this.pause(this.#pauses);
    this.#applyPolicy();
    for (const { at, committed, end } of this.log.assign(this.#foreign)) {
      const facts = { logId: "log", committed, takenOver: committed !== undefined, first: 0, end };
      this.apply({ kind: "assigned", ...placeOf(at), ...facts });
    }
    this.#foreign = false;
  }

  #applyPolicy(): void {
    const [dropped, demoted] = [`t${this.#dropped}`, `t${this.#demoted}`];
    this.apply({
      kind: "policy",
      policy: {
        judge: ({ task, topic }) =>
          task === dropped ? "drop" : task === demoted && topic !== COLD ? "demote" : "keep",
      },
    });
  }

  #act(wish: Omit<Act, "act">): void {
    this.#acts += 1;
    this.#verbs.set(this.#acts, wish);
    this.apply({ kind: "act", act: this.#acts, ...wish });
  }

  #acted({ act, answers, next }: Extract<Effect, { kind: "acted" }>): void {
    const wish = this.#verbs.get(act);
    this.#verbs.delete(act);
    if (wish === undefined) return;
    const { verb, page } = wish;
    for (const { id, what } of answers) {
      this.oracle.reached.add(`${verb} ${what}`);
      if (page !== undefined) this.oracle.reached.add(`${verb} ${what} on a page`);
      if (what === "done" && verb !== "promote") this.oracle.ended(id, "cancelled");
    }
    if (page === undefined || next === undefined) return;
    const { request, matches } = page;
    const behind =
      request.order === "due"
        ? { ...request, after: next }
        : { ...request, after: next, kinds: request.kinds.slice(next.kind) };
    this.#act({ ...wish, page: { request: behind, matches } });
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "deliver":
        this.#actors?.deliver(effect.session, effect.deliveries);
        break;
      case "publish":
        this.#publications.push(effect);
        break;
      case "cancel":
        this.oracle.reached.add("asked a worker");
        this.#actors?.cancel(effect.session, effect.claims);
        break;
      case "acted":
        this.#acted(effect);
        break;
      case "find":
        this.oracle.reached.add("find");
        this.journal.ask(effect);
        break;
      case "page":
      case "load":
        this.journal.ask(effect);
        break;
      case "unpark":
        this.journal.ask(effect);
        this.oracle.reached.add("unpark");
        break;
      case "handOut":
        this.oracle.reached.add(effect.delivery === undefined ? "empty fetch" : "handed out");
        this.#actors?.handOut(effect.delivery);
        break;
      case "log":
        if ("id" in effect.fields && ["discarded", "expired", "cancelled"].includes(effect.message)) {
          this.oracle.ended(String(effect.fields.id), effect.message);
        }
        break;
      default:
        break;
    }
  }
}
