import { clampDeadline } from "../../../activation/encoding/clamp.js";
import type { Clock } from "../../../base/clock.js";
import type { Delivery } from "../../../wire/session.js";
import type { Fetches, OpenFetch } from "../fetches.js";
import type { Target, TargetState } from "./target.js";

/** How long a fetch is held before it is renewed: shorter than the time after which work that is not fetched is parked. */
const HOLD_MS = 20_000;
/** Pause before a fetch that was answered early with nothing is renewed. */
const PAUSE_MS = 1000;

/**
 * Pushes the activations of one application. While some worker has room, one fetch at a time is open, so that work waits
 * in the broker, in order, and not in a queue here.
 */
export class ApplicationPush {
  readonly application: string;
  readonly #fetches: Fetches;
  readonly #clock: Clock;
  #targets: readonly Target[] = [];
  readonly #pushes = new Set<Promise<void>>();
  #fetch: OpenFetch | undefined;
  #cancelPause: (() => void) | undefined;
  #turn = 0;
  #stopped = false;
  #closed = false;

  /** `connect` opens the targets; they call `changed` when they have room again or have lost it. */
  constructor(
    application: string,
    fetches: Fetches,
    clock: Clock,
    connect: (changed: () => void) => readonly Target[],
  ) {
    this.application = application;
    this.#fetches = fetches;
    this.#clock = clock;
    this.#targets = connect(() => this.#pump());
  }

  get targets(): TargetState[] {
    return this.#targets.map(({ state }) => state);
  }

  /** Work handed out from now on goes back. Resolves when every push has its answer. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelPause?.();
    this.#fetch?.cancel();
    await Promise.all(this.#pushes);
  }

  /** A push without an answer stays claimed; its outcome or its deadline ends it after the next start. */
  close(): void {
    this.#closed = true;
    for (const target of this.#targets) target.close();
  }

  #pump(): void {
    const room = !this.#stopped && this.#roomiest() !== undefined;
    // No fetch is open while no worker has room: the work then counts as unclaimed.
    if (!room) this.#fetch?.cancel();
    if (!room || this.#fetch !== undefined || this.#cancelPause !== undefined) return;
    const fetch = this.#fetches.fetch({ application: this.application, namespace: undefined, hold: HOLD_MS });
    const since = this.#clock.now();
    this.#fetch = fetch;
    void fetch.delivery.then((delivery) => {
      this.#fetch = undefined;
      if (delivery !== undefined) this.#deliver(delivery);
      else if (!this.#stopped && this.#roomiest() !== undefined && this.#clock.now() - since < HOLD_MS) this.#pause();
      this.#pump();
    });
  }

  #pause(): void {
    this.#cancelPause = this.#clock.after(PAUSE_MS, () => {
      this.#cancelPause = undefined;
      this.#pump();
    });
  }

  #deliver({ claim, activation, deadline }: Delivery): void {
    const target = this.#stopped ? undefined : this.#roomiest();
    if (target === undefined) {
      this.#fetches.refused(claim);
      return;
    }
    const push = target.push(clampDeadline(activation, deadline)).then((result) => {
      this.#pushes.delete(push);
      if (this.#closed) return;
      if (result === "refused") this.#fetches.refused(claim);
      else if (result === "unanswered") this.#fetches.unanswered(claim);
    });
    this.#pushes.add(push);
    this.#turn += 1;
  }

  /** The target with the fewest pushes among those with room; equal ones take turns. */
  #roomiest(): Target | undefined {
    let best: Target | undefined;
    for (let step = 0; step < this.#targets.length; step += 1) {
      const target = this.#targets[(this.#turn + step) % this.#targets.length];
      if (target === undefined || target.room === 0) continue;
      if (best === undefined || target.pushing < best.pushing) best = target;
    }
    return best;
  }
}
