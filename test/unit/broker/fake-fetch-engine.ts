import type { FetchEngine } from "#runtime/broker/dispatch/fetches.js";
import { Fetches } from "#runtime/broker/dispatch/fetches.js";
import type { Event } from "#runtime/broker/inflight/events.js";
import type { Delivery } from "#runtime/wire/session.js";
import { ManualClock } from "../worker/manual-clock.js";

/** An engine that keeps the events and hands out what the test says. */
export class FakeFetchEngine implements FetchEngine {
  readonly clock = new ManualClock();
  readonly events: Event[] = [];
  readonly fetches = new Fetches(this, this.clock);
  /** Deliveries that a fetch gets at once. */
  readonly pending: Delivery[] = [];
  /** At-least-once work that is claimed. */
  readonly repeatable = new Set<string>();
  /** What `durable` waits for. */
  disk: Promise<void> = Promise.resolve();

  apply(event: Event): void {
    this.events.push(event);
    if (event.kind !== "fetch") return;
    const delivery = this.pending.shift();
    if (delivery !== undefined || event.holdUntil <= this.clock.now()) this.fetches.handOut(event.fetch, delivery);
  }

  mayRepeat(id: string): boolean {
    return this.repeatable.has(id);
  }

  durable(): Promise<void> {
    return this.disk;
  }

  of<Kind extends Event["kind"]>(kind: Kind): Extract<Event, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<Event, { kind: Kind }> => event.kind === kind);
  }
}
