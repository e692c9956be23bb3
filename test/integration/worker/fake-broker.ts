import { encode } from "@msgpack/msgpack";
import { TaskActivation } from "#runtime/wire/proto/taskbroker.js";
import type {
  Delivery,
  HeldClaim,
  Outcome,
  Session,
  SessionEvents,
  SessionOffer,
  SessionPort,
  Started,
} from "#runtime/wire/session.js";

interface WorkOptions {
  readonly id?: string;
  /** Milliseconds. */
  readonly deadline?: number;
  readonly attempts?: number;
  readonly maxAttempts?: number;
  readonly atMostOnce?: boolean;
  /** Id of the first run of its chain. */
  readonly root?: string;
  /** How often it was lost before. */
  readonly lost?: number;
}

interface Work {
  readonly id: string;
  readonly activation: Uint8Array;
  readonly deadline: number;
  readonly lost?: number;
}

let ids = 0;

export function activation(task: string, parameters: object, options: WorkOptions = {}): Work {
  ids += 1;
  const id = options.id ?? `a${ids}`;
  const bytes = TaskActivation.encode({
    id,
    namespace: "t",
    taskname: task,
    parameters: "",
    headers: new Map(options.root === undefined ? [] : [["taskwire-root", options.root]]),
    receivedAt: { seconds: 1_700_000_000n, nanos: 0 },
    retryState: {
      attempts: options.attempts ?? 0,
      maxAttempts: options.maxAttempts ?? 0,
      onAttemptsExceeded: 1,
      atMostOnce: options.atMostOnce,
      delayOnRetry: undefined,
    },
    processingDeadlineDuration: 30n,
    expires: undefined,
    delay: undefined,
    application: "test",
    parametersBytes: encode({ args: [], kwargs: parameters }),
  }).finish();
  const { lost } = options;
  return { id, activation: bytes, deadline: options.deadline ?? 30_000, ...(lost === undefined ? {} : { lost }) };
}

/** A broker in memory: hands out what is queued to whoever has credit, and keeps what workers say. */
export class FakeBroker implements SessionPort {
  readonly offers: SessionOffer[] = [];
  readonly outcomes = new Map<string, Outcome>();
  readonly started: Started[] = [];
  readonly returned: string[] = [];
  /** Ids of all outcomes, also of those that were not acknowledged. */
  readonly reported: string[] = [];
  drained = false;
  /** Errors for the next opens. */
  readonly refusals: string[] = [];
  /** Which held claims still count. */
  valid: (held: readonly HeldClaim[]) => readonly number[] = (held) => held.map(({ claim }) => claim);
  /** Outcomes are acknowledged; false: they wait until the session is lost. */
  acknowledges = true;
  readonly #queue: Work[] = [];
  readonly #ids = new Map<number, string>();
  #claims = 0;
  #credit = 0;
  #events: SessionEvents | undefined;
  #unacknowledged: ((error: Error) => void)[] = [];

  get connected(): boolean {
    return this.#events !== undefined;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Credit given and not used. */
  get credit(): number {
    return this.#credit;
  }

  add(task: string, parameters: object = {}, options: WorkOptions = {}): string {
    const work = activation(task, parameters, options);
    this.#queue.push(work);
    this.#hand();
    return work.id;
  }

  /** A call with positional arguments; `json`: as older producers write it. */
  addCall(task: string, args: readonly unknown[], kwargs: object, json: boolean): string {
    const { id, activation: bytes } = activation(task, {});
    const wire = TaskActivation.decode(bytes);
    const call = json
      ? { parameters: JSON.stringify({ args, kwargs }), parametersBytes: new Uint8Array(0) }
      : { parametersBytes: encode({ args, kwargs }) };
    this.addBytes(id, TaskActivation.encode({ ...wire, ...call }).finish());
    return id;
  }

  addBytes(id: string, bytes: Uint8Array): void {
    this.#queue.push({ id, activation: bytes, deadline: 30_000 });
    this.#hand();
  }

  lose(reason = "test"): void {
    const events = this.#events;
    this.#events = undefined;
    this.#credit = 0;
    events?.lost(reason);
    for (const reject of this.#unacknowledged.splice(0)) reject(new Error(reason));
  }

  /** A person cancelled the activations with these ids. */
  cancel(...ids: readonly string[]): void {
    this.#events?.cancel([...this.#ids].flatMap(([claim, id]) => (ids.includes(id) ? [claim] : [])));
  }

  idOf(claim: number): string | undefined {
    return this.#ids.get(claim);
  }

  async open(offer: SessionOffer, events: SessionEvents): Promise<Session> {
    this.offers.push(offer);
    const refusal = this.refusals.shift();
    if (refusal !== undefined) throw new Error(refusal);
    this.#events = events;
    const current = (): boolean => this.#events === events;
    return {
      id: `session-${this.offers.length}`,
      valid: this.valid(offer.held),
      credit: (count) => {
        if (!current()) return;
        this.#credit += count;
        queueMicrotask(() => this.#hand());
      },
      withdraw: async () => {
        if (current()) this.#credit = 0;
      },
      started: (starts) => this.started.push(...starts),
      settle: (outcomes) => this.#settle(outcomes),
      giveBack: (claims) => {
        for (const claim of claims) this.returned.push(this.#ids.get(claim) ?? "");
      },
      drain: async () => {
        this.drained = true;
        this.#credit = 0;
      },
      close: async () => {
        if (current()) this.#events = undefined;
      },
    };
  }

  #settle(outcomes: readonly Outcome[]): Promise<void> {
    this.reported.push(...outcomes.map(({ claim }) => this.#ids.get(claim) ?? ""));
    if (!this.acknowledges) return new Promise((_, reject) => this.#unacknowledged.push(reject));
    for (const outcome of outcomes) this.outcomes.set(this.#ids.get(outcome.claim) ?? "", outcome);
    return Promise.resolve();
  }

  #hand(): void {
    const count = Math.min(this.#credit, this.#queue.length);
    if (this.#events === undefined || count === 0) return;
    this.#credit -= count;
    const deliveries: Delivery[] = this.#queue.splice(0, count).map(({ id, activation: bytes, ...facts }) => {
      this.#claims += 1;
      this.#ids.set(this.#claims, id);
      return { claim: this.#claims, activation: bytes, ...facts };
    });
    this.#events.deliver(deliveries);
  }
}
