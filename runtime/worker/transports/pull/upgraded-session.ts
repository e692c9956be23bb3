import type { Outcome, Session, Started, Vitals } from "../../../wire/session.js";
import { isLocalClaim } from "../local-claims.js";

/**
 * A session with a broker that had none before: outcomes of polled work are reported by calls, everything else goes
 * over the stream.
 */
export class UpgradedSession implements Session {
  readonly id: string;
  readonly valid: readonly number[];
  readonly #stream: Session;
  readonly #pulled: Session;

  constructor(stream: Session, pulled: Session) {
    this.id = stream.id;
    this.valid = [...stream.valid, ...pulled.valid];
    this.#stream = stream;
    this.#pulled = pulled;
  }

  credit(count: number): void {
    this.#stream.credit(count);
  }

  withdraw(): Promise<void> {
    return this.#stream.withdraw();
  }

  started(starts: readonly Started[]): void {
    const streamed = starts.filter(({ claim }) => !isLocalClaim(claim));
    if (streamed.length > 0) this.#stream.started(streamed);
  }

  vitals(vitals: Vitals): void {
    this.#stream.vitals?.(vitals);
  }

  async settle(outcomes: readonly Outcome[]): Promise<void> {
    const pulled = outcomes.filter(({ claim }) => isLocalClaim(claim));
    const streamed = outcomes.filter(({ claim }) => !isLocalClaim(claim));
    await Promise.all([
      pulled.length === 0 ? undefined : this.#pulled.settle(pulled),
      streamed.length === 0 ? undefined : this.#stream.settle(streamed),
    ]);
  }

  giveBack(claims: readonly number[]): void {
    const streamed = claims.filter((claim) => !isLocalClaim(claim));
    if (streamed.length > 0) this.#stream.giveBack(streamed);
    this.#pulled.giveBack(claims.filter(isLocalClaim));
  }

  drain(): Promise<void> {
    return this.#stream.drain();
  }

  async close(): Promise<void> {
    await Promise.all([this.#pulled.close(), this.#stream.close()]);
  }
}
