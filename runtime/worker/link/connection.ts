import { Backoff } from "../../base/backoff.js";
import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Delivery, Session, SessionOffer, SessionPort } from "../../wire/session.js";
import type { Claim } from "../claim.js";

const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 5000;
/**
 * A restarting broker waits a second for its workers: for this long after a loss, attempts are less than a second
 * apart.
 */
const EAGER_MS = 30_000;
const EAGER_WAIT_MS = 800;
/** How often a broker that cannot be reached is logged, milliseconds. */
const LOG_EVERY_MS = 10_000;
/** After a session that lasted this long, waits start again from the shortest, milliseconds. */
const LASTING_MS = 5000;

export interface ConnectionOptions {
  /** The broker, for log lines. */
  readonly name: string;
  readonly port: SessionPort;
  readonly offer: Omit<SessionOffer, "held">;
  readonly clock: Clock;
  readonly log: Logger;
  /** The id of the claimed activation. */
  readonly idOf: (claim: Claim) => string;
}

interface ConnectionEvents {
  /** The claims that the next session is asked to take over. */
  held(): readonly Claim[];
  /** A session is open; `offered`: the claims it was asked to take over. */
  opened(session: Session, offered: readonly Claim[]): void;
  /** Called also for a session that has ended since. */
  deliver(session: Session, deliveries: readonly Delivery[]): void;
  /** A person cancelled claims of the session. */
  cancelled(session: Session, claims: readonly number[]): void;
  /** The open session has ended. */
  lost(): void;
  /** There is no session; the next attempt is scheduled. */
  retrying(): void;
}

/** Keeps a session with one broker open: opens a new one whenever the last one ends. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #events: ConnectionEvents;
  readonly #backoff = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
  #session: Session | undefined;
  #openedAt = 0;
  #lostAt: number;
  #lastLogged: { readonly reason: string; readonly at: number } | undefined;
  #closed = false;
  #cancelWait: (() => void) | undefined;

  constructor(options: ConnectionOptions, events: ConnectionEvents) {
    this.#options = options;
    this.#events = events;
    this.#lostAt = options.clock.now();
  }

  get session(): Session | undefined {
    return this.#session;
  }

  get closed(): boolean {
    return this.#closed;
  }

  open(): void {
    void this.#open();
  }

  /** Ends a session that does not work and opens another one. */
  abandon(session: Session, reason: string): void {
    if (this.#session !== session) return;
    this.#lose(reason);
    session.close().catch((error: unknown) => this.#logClose(error));
  }

  /** Opens no more sessions. Closed at once, though the session may still be ending. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWait?.();
    const session = this.#session;
    this.#session = undefined;
    try {
      await session?.close();
    } catch (error) {
      this.#logClose(error);
    }
  }

  async #open(): Promise<void> {
    const { name, port, offer, clock, log, idOf } = this.#options;
    const held = this.#events.held();
    let lost: string | undefined;
    let session: Session | undefined;
    /** Cancelled before the session was known to be open. */
    const early: number[] = [];
    const events = {
      deliver: (deliveries: readonly Delivery[]) => {
        if (session !== undefined) this.#events.deliver(session, deliveries);
      },
      cancel: (claims: readonly number[]) => {
        if (session !== undefined) this.#events.cancelled(session, claims);
        else early.push(...claims);
      },
      lost: (reason: string) => {
        lost = reason;
        if (session !== undefined && session === this.#session) this.#lose(reason);
      },
    };
    try {
      session = await port.open(
        { ...offer, held: held.map((claim) => ({ claim: claim.number, id: idOf(claim) })) },
        events,
      );
    } catch (error) {
      if (!this.#closed) this.#retryLater(`cannot open a session: ${messageOf(error)}`);
      return;
    }
    if (this.#closed) {
      await session.close();
      return;
    }
    if (lost !== undefined) {
      this.#retryLater(lost);
      return;
    }
    log.info("session open", { broker: name, session: session.id, held: held.length, valid: session.valid.length });
    this.#session = session;
    this.#openedAt = clock.now();
    this.#lastLogged = undefined;
    this.#events.opened(session, held);
    if (early.length > 0) this.#events.cancelled(session, early);
  }

  #lose(reason: string): void {
    const now = this.#options.clock.now();
    this.#session = undefined;
    this.#lostAt = now;
    this.#events.lost();
    if (this.#closed) return;
    if (now - this.#openedAt >= LASTING_MS) this.#backoff.reset();
    this.#retryLater(reason);
  }

  #retryLater(reason: string): void {
    const { name, clock, log } = this.#options;
    const now = clock.now();
    const next = this.#backoff.next();
    const wait = now - this.#lostAt < EAGER_MS ? Math.min(next, EAGER_WAIT_MS) : next;
    if (reason !== this.#lastLogged?.reason || now - this.#lastLogged.at >= LOG_EVERY_MS) {
      this.#lastLogged = { reason, at: now };
      log.warn("disconnected from broker; retrying", { broker: name, reason });
    }
    this.#cancelWait = clock.after(wait, () => this.open());
    this.#events.retrying();
  }

  #logClose(error: unknown): void {
    this.#options.log.warn("session did not close cleanly", { broker: this.#options.name, error: messageOf(error) });
  }
}
