import { status } from "@grpc/grpc-js";
import { Backoff } from "../base/backoff.js";
import { type Clock, TIMERS } from "../base/clock.js";
import { TaskwireError } from "../base/errors.js";
import { within } from "../base/within.js";
import { isCallError } from "../wire/call-error.js";
import { StatusRequest } from "../wire/proto/taskwire.js";
import type { Secrets } from "../wire/security/secrets.js";
import type { Security } from "../wire/security/security.js";
import { OPERATIONS, type RawMethod } from "../wire/services.js";
import { UnaryClient } from "../wire/unary-client.js";

/** Waits between two calls in the background to a broker that does not answer, milliseconds. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 2000;
/** Longest time that such a call may take, milliseconds: a broker that is back is noticed within this and a wait. */
const LONGEST_PROBE_MS = 2000;
/** How long others wait, after a call that took too long, for the first call in the background, milliseconds. */
const DOUBT_MS = 250;

/**
 * The connection to one broker, shared by all who ask it. After a call that is not answered in time, further ones fail at
 * once, until a call in the background is answered: a broker that hangs costs the wait once, not each request. One that was
 * only busy with that call answers the background at once, and nobody notices.
 */
export class Line {
  readonly #address: string;
  readonly #security: Security;
  readonly #timers: Pick<Clock, "after">;
  readonly #client: UnaryClient;
  /** Why nothing is sent; undefined: it answers. */
  #silent: TaskwireError | undefined;
  #doubt: Promise<unknown> = Promise.resolve();
  #cancelProbe: () => void = () => {};
  #closed = false;

  constructor(address: string, security: Security, timers: Pick<Clock, "after"> = TIMERS) {
    this.#address = address;
    this.#security = security;
    this.#timers = timers;
    this.#client = new UnaryClient(address, security);
  }

  /** As UnaryClient.call, and rejects with TaskwireError `broker_unreachable` while the broker does not answer. */
  async call(method: RawMethod, body: Buffer, timeout: number, secrets: Secrets | undefined): Promise<Buffer> {
    await this.#doubt;
    if (this.#silent !== undefined) throw this.#silent;
    try {
      return await this.#client.call(method, body, timeout, secrets);
    } catch (error) {
      if (isLate(error)) this.#fallsSilent(timeout);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelProbe();
    this.#client.close();
  }

  #fallsSilent(timeout: number): void {
    if (this.#silent !== undefined || this.#closed) return;
    this.#silent = new TaskwireError(
      "broker_unreachable",
      `no answer from the broker at ${this.#address} within ${timeout / 1000} s; until it answers a call in the background, no others are sent to it`,
    );
    const waits = new Backoff(FIRST_WAIT_MS, LONGEST_WAIT_MS);
    const patience = Math.min(timeout, LONGEST_PROBE_MS);
    this.#doubt = within(this.#timers, DOUBT_MS, this.#probe(waits, patience));
  }

  /** Any answer ends the silence, also a refusal. */
  async #probe(waits: Backoff, patience: number): Promise<void> {
    const { secrets, operationSecrets } = this.#security;
    try {
      const body = Buffer.from(StatusRequest.encode({}).finish());
      await this.#client.call(OPERATIONS.Status, body, patience, secrets ?? operationSecrets);
    } catch (error) {
      if (isLate(error) && !this.#closed) {
        this.#cancelProbe = this.#timers.after(waits.next(), () => void this.#probe(waits, patience));
        return;
      }
    }
    this.#silent = undefined;
  }
}

function isLate(error: unknown): boolean {
  return isCallError(error) && error.code === status.DEADLINE_EXCEEDED;
}
