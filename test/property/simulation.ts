import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CHOSEN_ID_HEADER } from "#runtime/activation/headers.js";
import type { Arrival, Effect, Event, PublishAs } from "#runtime/broker/inflight/events.js";
import { Inflight } from "#runtime/broker/inflight/inflight.js";
import { DEFAULT_LIMITS, type Limits } from "#runtime/broker/inflight/limits.js";
import type { Recovered } from "#runtime/broker/inflight/persisted.js";
import type { Row } from "#runtime/broker/inflight/row.js";
import { openStore } from "#runtime/broker/journal/open.js";
import type { Store } from "#runtime/broker/journal/store.js";
import { isDamage } from "#runtime/broker/journal/tables/damage.js";
import type { Delivery, Outcome } from "#runtime/wire/session.js";

const TOPIC = "work";
/** Where demoted activations go; read by the same machine. */
const COLD = "cold";
const PARTITIONS = 2;
/** In all: finished ids are remembered for longer. */
const LONGEST_SLEEP_MS = 20 * 3_600_000;
/** The last one is the cold topic's. */
const LINES = PARTITIONS + 1;

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

/** What the simulated world knows of one record of the log. */
interface Accepted {
  readonly id: string;
  readonly spec: Spec;
  readonly attempts: number;
  readonly partition: number;
  readonly receivedAt: number;
  starts: number;
  /** Its settlement is on disk: its id must not be handed out again when it is remembered. */
  finished: boolean;
  /** Ends that were observed: a rule's name, "completed", "retried" or "deadlettered". */
  readonly ends: Set<string>;
}

interface Run {
  readonly claim: number;
  readonly id: string;
  started: boolean;
  outcome: Outcome | undefined;
  /** The outcome was handed to the session before this commit number. */
  sentBefore: number | undefined;
}

/** A hand-out to a worker without session. */
interface PulledRun {
  readonly claim: number;
  readonly id: string;
  started: boolean;
}

interface SimulatedWorker {
  readonly name: string;
  session: string | undefined;
  runs: Map<number, Run>;
  dead: boolean;
}

/**
 * The machine and a real journal store under a simulated clock, log, publisher and workers. `kill` forgets everything
 * that was not committed, as kill -9 of the broker does.
 */
export class Simulation {
  readonly limits: Limits;
  readonly accepted = new Map<string, Accepted>();
  readonly workers: SimulatedWorker[] = [];
  /** Rare paths that were taken. */
  readonly reached = new Set<string>();
  #machine: Inflight;
  #store: Store;
  readonly #folder = mkdtempSync(join(tmpdir(), "taskwire-property-"));
  readonly #file = join(this.#folder, "p.inflight.db");
  #recovered: Omit<Recovered, "kind">;
  #isOpen = true;
  /** Its uuid is lost: the log takes it for another journal's. */
  #foreign = false;
  /** By line: what lay below it when the log changed hands. */
  readonly #takenUntil: (number | undefined)[] = [];
  /** Rows were lost: at-least-once work may run after its end. */
  #damaged = false;
  readonly #log: { readonly id: string; readonly arrival: Arrival }[][] = Array.from({ length: LINES }, () => []);
  readonly #readTo: number[] = Array.from({ length: LINES }, () => 0);
  #pulled: PulledRun[] = [];
  #fetches = 0;
  /** Tasks that are dropped and demoted at the moment. */
  #dropped = -1;
  #demoted = -1;
  /** Remembered ids that were settled before the commit of that number. */
  #settled: { readonly id: string; readonly commit: number }[] = [];
  #remembered = 0;
  #unpark: Extract<Effect, { kind: "unpark" }> | undefined;
  #unparking: Event | undefined;
  #now = 1_000_000;
  /** By how much the wall is ahead of what lasts, since the broker's start. */
  #lead = 0;
  #slept = 0;
  #sessions = 0;
  #ids = 0;
  #unacknowledged: number[] = [];
  #publications: { readonly as: PublishAs; readonly row: Row }[] = [];
  #load: Extract<Effect, { kind: "load" }> | undefined;
  #loading: Parameters<Inflight["apply"]>[0] | undefined;

  constructor(limits: Partial<Limits>) {
    this.limits = {
      ...DEFAULT_LIMITS,
      maxPendingCount: 12,
      maxProcessingCount: 8,
      maxProcessingAttempts: 2,
      loadLimit: 3,
      ...limits,
    };
    this.#machine = new Inflight(this.limits);
    ({ store: this.#store, recovered: this.#recovered } = openStore(this.#file, {}));
    this.#start();
  }

  get machine(): Inflight {
    return this.#machine;
  }

  append(spec: Spec, attempts = 0, id = `a${++this.#ids}`): void {
    const partition = spec.partition % PARTITIONS;
    if (!this.accepted.has(id)) {
      this.accepted.set(id, {
        id,
        spec,
        attempts,
        partition,
        receivedAt: this.#now + this.#lead,
        starts: 0,
        finished: false,
        ends: new Set(),
      });
    }
    this.#push(partition, spec, attempts, id);
  }

  /** Its caller sends an activation again, at once, under the id that it chose. */
  sendAgain(pick: number): void {
    const chosen = [...this.accepted.values()].filter(({ spec, attempts }) => spec.chosenId && attempts === 0);
    const first = chosen[pick % Math.max(1, chosen.length)];
    if (first === undefined) return;
    this.#push(first.partition, { ...first.spec, delay: 0 }, 0, first.id);
    this.reached.add("sent again");
  }

  #push(line: number, spec: Spec, attempts: number, id: string): void {
    const log = this.#log[line] ?? [];
    log.push({
      id,
      arrival: {
        offset: log.length,
        payload: Buffer.from(id),
        head: {
          id,
          namespace: `n${spec.task % 2}`,
          task: `t${spec.task}`,
          application: "app",
          headers: new Map(spec.chosenId ? [[CHOSEN_ID_HEADER, "1"]] : []),
          receivedAt: this.#now + this.#lead,
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
      },
    });
  }

  read(partition: number, count: number): void {
    const line = partition % LINES;
    const from = this.#readTo[line] ?? 0;
    const place = placeOf(line);
    if (this.#machine.view.core.topic(place.topic).paused.size > 0) return;
    const arrivals = (this.#log[line] ?? []).slice(from, from + count).map(({ arrival }) => arrival);
    if (arrivals.length === 0) return;
    this.#readTo[line] = from + arrivals.length;
    this.apply({ kind: "arrived", ...place, arrivals });
  }

  /** A worker without session asks for work. */
  fetch(application: boolean, namespace: number | undefined, hold: number): void {
    this.#fetches += 1;
    this.apply({
      kind: "fetch",
      fetch: this.#fetches,
      application: application ? "app" : undefined,
      namespace: namespace === undefined ? undefined : `n${namespace}`,
      holdUntil: this.#now + hold,
    });
  }

  /** Whoever fetched last hangs up. */
  unfetch(): void {
    this.apply({ kind: "unfetch", fetch: this.#fetches });
  }

  startPulled(): void {
    const run = this.#pulled.find((run) => !run.started);
    if (run === undefined) return;
    run.started = true;
    const record = this.accepted.get(run.id);
    if (record !== undefined) record.starts += 1;
  }

  conclude(status: "complete" | "retry" | "failure"): void {
    const run = this.#pulled.find((run) => run.started);
    if (run === undefined) return;
    this.#pulled = this.#pulled.filter((other) => other !== run);
    if (status === "complete") this.accepted.get(run.id)?.ends.add("completed");
    this.apply({
      kind: "concluded",
      conclusions: [{ id: run.id, status, maxAttempts: undefined, delay: undefined }],
    });
  }

  /** A pushed hand-out that was not taken, or of which nobody knows. */
  pushFails(kind: "refused" | "unanswered"): void {
    const run = this.#pulled.find((run) => kind === "unanswered" || !run.started);
    if (run === undefined) return;
    this.#pulled = this.#pulled.filter((other) => other !== run);
    this.apply({ kind, claim: run.claim });
  }

  /** The runtime configuration changes; -1: of no task. */
  police(dropped: number, demoted: number): void {
    this.#dropped = dropped;
    this.#demoted = demoted;
    this.#applyPolicy();
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

  /** The log refuses the first waiting dead letter for good. */
  refusePublication(): void {
    const refused = this.#publications.find(({ as }) => as === "deadletter");
    if (refused === undefined) return;
    this.#publications = this.#publications.filter((other) => other !== refused);
    this.apply({ kind: "unpublishable", row: refused.row, error: "too large" });
  }

  openWorker(tasks: readonly number[]): void {
    const worker: SimulatedWorker = {
      name: `w${this.workers.length}`,
      session: undefined,
      runs: new Map(),
      dead: false,
    };
    this.workers.push(worker);
    this.#open(worker, tasks);
  }

  reopen(worker: SimulatedWorker): void {
    if (!worker.dead && worker.session === undefined) this.#open(worker, [0, 1, 2]);
  }

  credit(worker: SimulatedWorker, count: number): void {
    if (worker.session !== undefined) this.apply({ kind: "credit", session: worker.session, count });
  }

  withdraw(worker: SimulatedWorker): void {
    if (worker.session !== undefined) this.apply({ kind: "withdrawn", session: worker.session });
  }

  /** Starts the first unstarted run of the worker. */
  startRun(worker: SimulatedWorker, report: boolean): void {
    const run = [...worker.runs.values()].find((run) => !run.started);
    if (run === undefined || worker.dead) return;
    run.started = true;
    const record = this.accepted.get(run.id);
    if (record !== undefined) record.starts += 1;
    if (report && worker.session !== undefined) {
      this.apply({ kind: "started", session: worker.session, starts: [{ claim: run.claim, since: 0 }] });
    }
  }

  finishRun(worker: SimulatedWorker, kind: Outcome["kind"]): void {
    const run = [...worker.runs.values()].find((run) => run.started && run.outcome === undefined);
    if (run === undefined || worker.dead) return;
    if (kind === "complete") this.accepted.get(run.id)?.ends.add("completed");
    run.outcome =
      kind === "complete" ? { kind, claim: run.claim } : { kind, claim: run.claim, reason: "error", error: "thrown" };
    this.#sendOutcome(worker, run);
  }

  giveBack(worker: SimulatedWorker): void {
    const run = [...worker.runs.values()].find((run) => !run.started);
    if (run === undefined || worker.session === undefined) return;
    worker.runs.delete(run.claim);
    this.apply({ kind: "returned", session: worker.session, claims: [run.claim] });
  }

  loseSession(worker: SimulatedWorker): void {
    if (worker.session === undefined) return;
    this.apply({ kind: "lost", session: worker.session });
    worker.session = undefined;
  }

  /** A worker stops in peace: it gives back what it did not start and says goodbye, whatever still runs. */
  closeWorker(worker: SimulatedWorker): void {
    const { session } = worker;
    if (session === undefined) return;
    const unstarted = [...worker.runs.values()].filter((run) => !run.started).map(({ claim }) => claim);
    this.apply({ kind: "returned", session, claims: unstarted });
    this.apply({ kind: "closed", session });
    worker.session = undefined;
    worker.dead = true;
    worker.runs.clear();
  }

  killWorker(worker: SimulatedWorker): void {
    if (worker.session !== undefined) this.apply({ kind: "lost", session: worker.session });
    worker.session = undefined;
    worker.dead = true;
    worker.runs.clear();
  }

  /** Sends the changes to the journal; they are on disk, but the machine does not know yet. */
  commit(): void {
    if (this.#machine.changed === 0) return;
    const changes = this.#machine.takeChanges();
    if (!this.#withStore(() => this.#store.commit(changes, changes.inserts))) return;
    this.#unacknowledged.push(changes.number);
    for (const { topic, partition, position } of changes.partitions) {
      const line = topic === COLD ? PARTITIONS : partition;
      if (position >= (this.#takenUntil[line] ?? 0)) this.#takenUntil[line] = undefined;
    }
    for (const { id, commit } of this.#settled) {
      const record = this.accepted.get(id);
      if (record !== undefined && commit <= changes.number) record.finished = true;
    }
  }

  acknowledge(): void {
    const number = this.#unacknowledged.shift();
    if (number === undefined) {
      this.#acknowledgeUnchanged();
      return;
    }
    for (const worker of this.workers) {
      for (const run of [...worker.runs.values()]) {
        if (run.sentBefore !== undefined && run.sentBefore <= number) worker.runs.delete(run.claim);
      }
    }
    this.apply({ kind: "committed", number });
  }

  /** Outcomes that changed nothing, since their claims had ended, need no commit. */
  #acknowledgeUnchanged(): void {
    if (this.#machine.changed > 0) return;
    for (const worker of this.workers) {
      for (const { claim, sentBefore } of [...worker.runs.values()]) {
        if (sentBefore !== undefined && !this.#machine.awaits([claim])) worker.runs.delete(claim);
      }
    }
  }

  /** The log takes the first waiting publication; the machine may not hear of it. */
  publish(heard: boolean): void {
    const publication = heard ? this.#publications.shift() : this.#publications[0];
    if (publication === undefined) return;
    const { as, row } = publication;
    const before = this.accepted.get(row.facts.id);
    if (as === "forward") {
      if (before !== undefined) this.#push(PARTITIONS, before.spec, before.attempts, before.id);
    } else {
      before?.ends.add(as === "retry" ? "retried" : "deadlettered");
    }
    if (as === "retry") {
      const id = `${row.facts.id}+`;
      // The next run's id is a function of the failed one: publishing twice appends the same activation twice.
      if (before !== undefined) this.append(before.spec, before.attempts + 1, id);
    }
    if (heard) this.apply({ kind: "published", rows: [row] });
  }

  /** First call reads the journal, the second hands the answer over: other events may come between. */
  answerLoad(): void {
    if (this.#loading !== undefined) {
      const loaded = this.#loading;
      this.#loading = undefined;
      this.apply(loaded);
    } else if (this.#load !== undefined) {
      const { after, dueBefore, limit } = this.#load;
      this.#load = undefined;
      this.commit();
      this.#withStore(() => {
        this.#loading = { kind: "loaded", ...this.#store.load(after, dueBefore, limit) };
      });
    }
    if (this.#unparking !== undefined) {
      const unparked = this.#unparking;
      this.#unparking = undefined;
      this.apply(unparked);
    } else if (this.#unpark !== undefined) {
      const wish = this.#unpark;
      this.#unpark = undefined;
      this.commit();
      this.#withStore(() => {
        this.#unparking = { kind: "unparked", rows: this.#store.unpark(wish) };
      });
    }
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    this.apply({ kind: "tick" });
  }

  /** The machine sleeps: for what lasts no time passes, and what was due meanwhile is due at once. */
  sleep(milliseconds: number): void {
    if (this.#slept + milliseconds > LONGEST_SLEEP_MS) return;
    this.#slept += milliseconds;
    this.#lead += milliseconds;
    const running = [...this.#machine.view.core.rows].filter(
      ({ state, claimUntil }) => state === "processing" && claimUntil > this.#now,
    );
    this.apply({ kind: "tick" });
    for (const { facts, state } of running) {
      if (state !== "processing") throw new Error(`${facts.id} was running, and is ${state} after a sleep`);
    }
    // What is not to stay in memory comes back by load.
    for (const { facts, state, transient } of this.#machine.view.core.rows) {
      if (state === "delayed" && !transient && facts.due <= this.#now + this.#lead)
        throw new Error(`${facts.id} is overdue`);
    }
    this.reached.add("slept");
  }

  /** What the thread of the journal does with a damaged file: it is marked, and the broker starts anew. */
  #withStore(use: () => void): boolean {
    try {
      use();
      return true;
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#store.markDamaged(error);
      this.kill();
      return false;
    }
  }

  /** Bytes of the file change on the disk while the broker is down. */
  damage(places: readonly number[]): void {
    this.kill(() => {
      const file = openSync(this.#file, "r+");
      const { size } = fstatSync(file);
      const byte = Buffer.alloc(1);
      for (const place of places) {
        const at = Math.floor(place * size);
        readSync(file, byte, 0, 1, at);
        byte.writeUInt8(byte.readUInt8() ^ 0x5a);
        writeSync(file, byte, 0, 1, at);
      }
      closeSync(file);
      this.#damaged = true;
    });
  }

  kill(meanwhile: () => void = () => {}): void {
    this.#store.close();
    this.#isOpen = false;
    meanwhile();
    this.#machine = new Inflight(this.limits);
    this.#now += this.#lead;
    this.#lead = 0;
    this.#publications = [];
    this.#load = undefined;
    this.#loading = undefined;
    this.#unpark = undefined;
    this.#unparking = undefined;
    this.#settled = [];
    this.#unacknowledged = [];
    for (const worker of this.workers) {
      worker.session = undefined;
      for (const run of worker.runs.values()) run.sentBefore = undefined;
    }
    ({ store: this.#store, recovered: this.#recovered } = openStore(this.#file, {}));
    this.#isOpen = true;
    if (this.#store.quarantine !== undefined) {
      this.reached.add("rebuilt");
      if (!this.#store.quarantine.uuidKept) this.#foreign = true;
    }
    this.#start();
  }

  /** All faults stop: everything accepted must come to its end. */
  drain(): void {
    this.openWorker([0, 1, 2]);
    for (let round = 0; round < 4000; round += 1) {
      for (let line = 0; line < LINES; line += 1) this.read(line, 5);
      this.startPulled();
      this.conclude("complete");
      // What the log refused is tried again at the next start.
      if (this.#machine.view.core.unpublishableCount > 0) this.kill();
      for (const worker of this.workers) {
        this.reopen(worker);
        this.credit(worker, 2);
        this.startRun(worker, true);
        this.finishRun(worker, "complete");
      }
      this.publish(true);
      this.answerLoad();
      this.commit();
      this.acknowledge();
      this.advance(this.#idle() ? 1500 : 10);
      if (this.#drained()) return;
    }
    throw new Error(`not drained: ${JSON.stringify(this.#machine.view.core.tallies.total())}`);
  }

  apply(event: Event): void {
    for (const effect of this.#machine.apply(event, this.#now, this.#now + this.#lead)) this.#perform(effect);
    const { size } = this.#machine.view.core.finished;
    if (size !== this.#remembered) for (const record of this.accepted.values()) this.#noteSettled(record);
    this.#remembered = size;
    this.#noteReached();
  }

  #noteReached(): void {
    const { core } = this.#machine.view;
    for (const [end, count] of Object.entries(core.ends)) if (count > 0) this.reached.add(`ended ${end}`);
    for (const [drop, count] of Object.entries(core.drops)) if (count > 0) this.reached.add(`dropped ${drop}`);
    for (const reason of core.failures.keys()) this.reached.add(`failed ${reason}`);
    for (const [, { paused }] of core.reading.all()) for (const reason of paused) this.reached.add(`paused ${reason}`);
    if (core.unpublishableCount > 0) this.reached.add("unpublishable");
  }

  /** Remembered ids that have just been settled. */
  #noteSettled({ id, spec, attempts, finished }: Accepted): void {
    if (finished || (!spec.atMostOnce && !spec.chosenId && attempts === 0)) return;
    const { core } = this.#machine.view;
    if (!core.finished.has(id) || this.#settled.some((settled) => settled.id === id)) return;
    this.#settled.push({ id, commit: core.changes.next });
  }

  #handedOut(id: string): void {
    const record = this.accepted.get(id);
    if (this.#damaged && record?.spec.atMostOnce === false) return;
    if (record?.finished === true) throw new Error(`${id} was handed out after its end was on disk`);
  }

  close(): void {
    if (this.#isOpen) this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Rows the journal holds. */
  stored(): number {
    this.commit();
    this.kill();
    const { rows, counted } = this.#recovered;
    return rows.length + counted.reduce((sum, { count }) => sum + count, 0);
  }

  #start(): void {
    this.#readTo.fill(0);
    this.apply({ kind: "recovered", ...this.#recovered });
    this.#applyPolicy();
    for (let line = 0; line < LINES; line += 1) {
      const end = this.#log[line]?.length ?? 0;
      if (this.#foreign) this.#takenUntil[line] = end;
      const committed = this.#takenUntil[line];
      const facts = { logId: "log", committed, takenOver: committed !== undefined, first: 0, end };
      this.apply({ kind: "assigned", ...placeOf(line), ...facts });
    }
    this.#foreign = false;
  }

  #open(worker: SimulatedWorker, tasks: readonly number[]): void {
    this.#sessions += 1;
    const session = `s${this.#sessions}`;
    worker.session = session;
    const held = [...worker.runs.values()].map(({ claim, id }) => ({ claim, id }));
    this.apply({
      kind: "opened",
      session,
      worker: worker.name,
      application: "app",
      tasks: tasks.map((task) => ({ name: `t${task}`, hash: "" })),
      held,
    });
    for (const run of [...worker.runs.values()]) {
      if (!this.#machine.counts(session, run.claim, run.id)) worker.runs.delete(run.claim);
      else if (run.outcome !== undefined) this.#sendOutcome(worker, run);
    }
  }

  #sendOutcome(worker: SimulatedWorker, run: Run): void {
    if (worker.session === undefined || run.outcome === undefined) return;
    this.apply({ kind: "outcomes", session: worker.session, outcomes: [run.outcome] });
    run.sentBefore = this.#machine.view.core.changes.next;
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "deliver":
        this.#deliver(effect.session, effect.deliveries);
        break;
      case "publish":
        this.#publications.push(effect);
        break;
      case "load":
        if (this.#load !== undefined || this.#loading !== undefined) throw new Error("two loads at once");
        this.#load = effect;
        break;
      case "unpark":
        if (this.#unpark !== undefined || this.#unparking !== undefined) throw new Error("two unparks at once");
        this.#unpark = effect;
        this.reached.add("unpark");
        break;
      case "handOut":
        this.reached.add(effect.delivery === undefined ? "empty fetch" : "handed out");
        if (effect.delivery !== undefined) {
          const id = Buffer.from(effect.delivery.activation).toString();
          this.#handedOut(id);
          this.#pulled.push({ claim: effect.delivery.claim, id, started: false });
        }
        break;
      case "log":
        if ("id" in effect.fields && (effect.message === "discarded" || effect.message === "expired")) {
          this.accepted.get(String(effect.fields.id))?.ends.add(effect.message);
        }
        break;
      default:
        break;
    }
  }

  #deliver(session: string, deliveries: readonly Delivery[]): void {
    const worker = this.workers.find((worker) => worker.session === session);
    if (worker === undefined) throw new Error(`delivered to ${session}, which nobody has`);
    for (const { claim, activation } of deliveries) {
      if (worker.runs.has(claim)) throw new Error(`claim ${claim} was handed out twice`);
      const id = Buffer.from(activation).toString();
      this.#handedOut(id);
      worker.runs.set(claim, {
        claim,
        id,
        started: false,
        outcome: undefined,
        sentBefore: undefined,
      });
    }
  }

  #idle(): boolean {
    const busy = this.workers.some((worker) => worker.runs.size > 0) || this.#pulled.length > 0;
    return !busy && this.#publications.length === 0;
  }

  #drained(): boolean {
    const counts = this.#machine.view.core.tallies.total();
    const live = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return live === 0 && this.#log.every((log, partition) => this.#readTo[partition] === log.length);
  }
}

function placeOf(line: number): { readonly topic: string; readonly partition: number } {
  return line === PARTITIONS ? { topic: COLD, partition: 0 } : { topic: TOPIC, partition: line };
}
