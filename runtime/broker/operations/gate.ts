import { Bucket } from "../../base/bucket.js";
import type { Clock } from "../../base/clock.js";
import { OperationError } from "../../operations/errors.js";
import type { Role } from "../../operations/verbs.js";
import { OPERATION_SECRETS_VARIABLE, SECRETS_VARIABLE } from "../../wire/security/secrets.js";
import type { Security } from "../../wire/security/security.js";

/** Changing calls per second, of all callers together. */
const RATE = 20;
/** How far the time of a signed change may be from the broker's, either way. */
const FRESH_MS = 300_000;
const SHORTEST_NONCE = 16;
const LONGEST_NONCE = 64;

/** A call, verified: its signature is valid or none is required. */
export interface VerifiedCall {
  /** Fingerprint of the secret that signed it. */
  readonly secret: string | undefined;
  /** When it was made, by its caller, milliseconds since the epoch. */
  readonly at: bigint;
  readonly nonce: Uint8Array;
}

interface GateOptions {
  readonly security: Security;
  /** Whether only processes of this machine reach the broker. */
  readonly loopback: boolean;
  readonly clock: Clock;
}

/** Who may change something, how often, and that a recorded call changes nothing again. */
export class Gate {
  readonly #security: Security;
  readonly #loopback: boolean;
  readonly #clock: Clock;
  readonly #startedAt: number;
  /** Nonces of accepted calls, in order, with the time at which they are too old anyway (now()). */
  readonly #seen = new Map<string, number>();
  readonly #changes: Bucket;

  constructor({ security, loopback, clock }: GateOptions) {
    this.#security = security;
    this.#loopback = loopback;
    this.#clock = clock;
    this.#startedAt = Math.floor(clock.wall());
    this.#changes = new Bucket(RATE, clock);
  }

  /** Throws OperationError unless the call may use verbs of the role. */
  admit(role: Role, call: VerifiedCall): void {
    if (role === "view") return;
    this.#mayChange(call.secret);
    this.#countChange();
    if (call.secret !== undefined) this.#acceptOnce(call);
  }

  /** Throws OperationError when the callers of this process change more than may be changed in a second. */
  admitLocal(role: Role): void {
    if (role !== "view") this.#countChange();
  }

  #mayChange(secret: string | undefined): void {
    const { secrets, operationSecrets } = this.#security;
    if (operationSecrets === undefined) {
      if (secrets !== undefined || this.#loopback) return;
      throw new OperationError(
        "forbidden",
        "needs_secrets",
        `this broker has no secrets and listens beyond this machine, so it takes no changes: set ${OPERATION_SECRETS_VARIABLE} or ${SECRETS_VARIABLE} for it, or let it listen on 127.0.0.1`,
      );
    }
    // A secret that workers have, too, says nothing about who signs.
    if (secret !== undefined && operationSecrets.has(secret) && secrets?.has(secret) !== true) return;
    throw new OperationError(
      secret === undefined ? "unauthenticated" : "forbidden",
      "needs_operation_secret",
      `changes have to be signed by a secret of the broker's ${OPERATION_SECRETS_VARIABLE} that is not in its ${SECRETS_VARIABLE}; this call is ${secret === undefined ? "not signed" : "signed by another one"}`,
    );
  }

  #countChange(): void {
    if (this.#changes.take()) return;
    throw new OperationError(
      "too_many",
      "too_many_changes",
      `more than ${RATE} changing calls a second; retry in a second, and change many by a filter`,
    );
  }

  #acceptOnce({ at, nonce }: VerifiedCall): void {
    const now = this.#clock.now();
    for (const [key, until] of this.#seen) {
      if (until > now) break;
      this.#seen.delete(key);
    }
    const age = this.#clock.wall() - Number(at);
    // Nonces of before the start are not known.
    if (Math.abs(age) > FRESH_MS || Number(at) < this.#startedAt)
      throw new OperationError(
        "unauthenticated",
        "stale_call",
        `the call is ${Math.round(Math.abs(age) / 1000)} s ${age < 0 ? "ahead of the broker's clock" : "old, by the broker's clock"}; expected at most ${FRESH_MS / 1000} s, and none of before the broker's start: compare the clocks of both machines, and retry`,
      );
    if (nonce.length < SHORTEST_NONCE || nonce.length > LONGEST_NONCE)
      throw new OperationError(
        "bad_request",
        "bad_nonce",
        `nonce: expected ${SHORTEST_NONCE} to ${LONGEST_NONCE} random bytes, found ${nonce.length}`,
        { field: "nonce" },
      );
    const key = Buffer.from(nonce).toString("base64url");
    if (this.#seen.has(key))
      throw new OperationError(
        "unauthenticated",
        "replayed_call",
        "this very call was made before; sign each call anew",
      );
    // A call from a clock that is ahead stays fresh for longer.
    this.#seen.set(key, now + 2 * FRESH_MS);
  }
}
