import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../base/clock.js";
import { failpoint } from "../../base/failpoint.js";
import { newId } from "../../base/ids.js";
import type {
  Delivery,
  Outcome,
  Session,
  SessionEvents,
  SessionOffer,
  SessionPort,
  Started,
  Vitals,
} from "../../wire/session.js";
import type { Event } from "../inflight/events.js";
import type { Inflight } from "../inflight/inflight.js";
import { SessionRefusedError, SessionsFullError } from "./errors.js";
import { RereadWaits } from "./reread-waits.js";

/** A token opens one stream within this time; a worker that does not come counts as lost for as long. */
const ATTACH_MS = 10_000;
/** Most sessions that wait for their stream at a time. */
const MOST_UNATTACHED = 1024;
/** Most sessions at a time, recently lost ones included: workers choose their ids themselves. */
const MOST_SESSIONS = 8192;

/** What sessions need of the broker's engine. */
interface SessionEngine {
  readonly inflight: Inflight;
  apply(event: Event): void;
  /** Resolves when everything applied until now is on disk. */
  durable(): Promise<void>;
}

interface OpenSession {
  readonly id: string;
  readonly offer: SessionOffer;
  readonly token: Buffer;
  /** Fingerprint of the secret that signed its opening; undefined: unsigned. */
  readonly secret: string | undefined;
  readonly valid: readonly number[];
  events: SessionEvents | undefined;
  /** The last report of its worker, and when it came. */
  vitals: { readonly report: Vitals; readonly at: number } | undefined;
  /** Cancelled claims of which the worker is notified when its stream opens. */
  cancelled: number[];
  cancelTimeout: (() => void) | undefined;
}

/** The workers' sessions: a session port for workers in this process, and what the gRPC service attaches its streams to. */
export class Sessions implements SessionPort {
  readonly #engine: SessionEngine;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenSession>();
  readonly #rereads: RereadWaits;
  #unattached = 0;

  constructor(engine: SessionEngine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#rereads = new RereadWaits(engine.inflight);
  }

  async open(offer: SessionOffer, events: SessionEvents): Promise<Session> {
    const { id, token } = this.admit(offer);
    return this.attach(id, token, events);
  }

  /**
   * First step of a stream: the session exists, but gets no work until it is attached. `secret`: fingerprint of the secret
   * that signed the call. Throws SessionRefusedError and SessionsFullError.
   */
  admit(
    offer: SessionOffer,
    secret?: string,
  ): { readonly id: string; readonly token: Buffer; readonly valid: readonly number[] } {
    if (offer.worker === "") throw new SessionRefusedError("the worker's id is empty; expected a unique id");
    if (this.#unattached >= MOST_UNATTACHED)
      throw new SessionsFullError(
        `${MOST_UNATTACHED} sessions are waiting for their stream, which is the limit; try again`,
      );
    if (Math.max(this.#open.size, this.#engine.inflight.sessionCount) >= MOST_SESSIONS)
      throw new SessionsFullError(
        `the broker has ${MOST_SESSIONS} sessions, which is the limit; close some, or connect workers to another broker`,
      );
    const id = newId();
    const { worker, application, tasks, held, slots, about } = offer;
    this.#engine.apply({ kind: "opened", session: id, worker, application, tasks, held, slots, about });
    const valid = held
      .filter(({ claim, id: activation }) => this.#engine.inflight.counts(id, claim, activation))
      .map(({ claim }) => claim);
    const token = randomBytes(32);
    const since = this.#clock.now();
    const cancelTimeout = this.#clock.after(ATTACH_MS, () =>
      this.lost(id, `no stream was opened within ${ATTACH_MS / 1000} s`, since),
    );
    this.#open.set(id, {
      id,
      offer,
      token,
      secret,
      valid,
      events: undefined,
      vitals: undefined,
      cancelled: [],
      cancelTimeout,
    });
    this.#unattached += 1;
    return { id, token, valid };
  }

  /** Throws SessionRefusedError for an unknown session, a wrong token or a used one. */
  attach(id: string, token: Uint8Array, events: SessionEvents): Session {
    const session = this.#open.get(id);
    if (session === undefined || session.token.length !== token.length || !timingSafeEqual(session.token, token)) {
      throw new SessionRefusedError("unknown session or wrong token; open a new session");
    }
    if (session.events !== undefined)
      throw new SessionRefusedError("the session already has a stream; open a new session");
    session.cancelTimeout?.();
    session.events = events;
    this.#unattached -= 1;
    const cancelled = session.cancelled.splice(0);
    if (cancelled.length > 0) setImmediate(() => events.cancel(cancelled));
    const apply = (event: Event) => {
      if (this.#open.has(id)) this.#engine.apply(event);
    };
    return {
      id,
      valid: session.valid,
      credit: (count) => apply({ kind: "credit", session: id, count }),
      withdraw: async () => apply({ kind: "withdrawn", session: id }),
      started: (starts: readonly Started[]) => apply({ kind: "started", session: id, starts }),
      settle: async (outcomes: readonly Outcome[]) => {
        if (!this.#open.has(id)) throw new SessionRefusedError("the session has ended");
        failpoint("outcomes.received");
        apply({ kind: "outcomes", session: id, outcomes });
        failpoint("outcomes.applied");
        await this.#rereads.until(outcomes.map(({ claim }) => claim));
        await this.#engine.durable();
        failpoint("outcomes.durable");
      },
      vitals: (report) => {
        session.vitals = { report, at: this.#clock.now() };
      },
      giveBack: (claims) => apply({ kind: "returned", session: id, claims }),
      drain: async () => {
        apply({ kind: "draining", session: id });
        await this.#engine.durable();
      },
      close: async () => {
        apply({ kind: "closed", session: id });
        this.#open.delete(id);
      },
    };
  }

  /** The last report of the session's worker, and when it came; undefined: there was none, or the session has ended. */
  vitalsOf(id: string): OpenSession["vitals"] {
    return this.#open.get(id)?.vitals;
  }

  deliver(id: string, deliveries: readonly Delivery[]): void {
    const session = this.#open.get(id);
    if (session?.events === undefined)
      this.#engine.apply({ kind: "returned", session: id, claims: deliveries.map(({ claim }) => claim) });
    else session.events.deliver(deliveries);
  }

  /** A person cancelled these claims. */
  cancel(id: string, claims: readonly number[]): void {
    const session = this.#open.get(id);
    if (session?.events === undefined) session?.cancelled.push(...claims);
    else session.events.cancel(claims);
  }

  /** Events were applied: outcomes that waited for their activations may be settled now. */
  applied(): void {
    this.#rereads.applied();
  }

  /** The stream ended without a close, or never began. `since`: when the worker was last seen; default: now. */
  lost(id: string, reason: string, since?: number): void {
    const session = this.#open.get(id);
    if (session === undefined) return;
    this.#open.delete(id);
    session.cancelTimeout?.();
    if (session.events === undefined) this.#unattached -= 1;
    this.#engine.apply({ kind: "lost", session: id, ...(since === undefined ? {} : { since }) });
    session.events?.lost(reason);
  }

  /** Ends the sessions that were opened with a removed secret. `known`: whether the secret of a fingerprint is still valid. */
  revoke(known: (secret: string) => boolean): void {
    for (const { id, secret } of [...this.#open.values()]) {
      if (secret !== undefined && !known(secret)) this.lost(id, "the secret that opened the session was removed");
    }
  }

  /** Ends all sessions; their workers reconnect when the broker is back, and bring their claims. */
  close(): void {
    for (const session of [...this.#open.values()]) {
      this.#open.delete(session.id);
      session.cancelTimeout?.();
      session.events?.lost("the broker is stopping");
    }
  }
}
