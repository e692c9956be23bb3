import type { Missing } from "../front.js";
import type { BrokerPort } from "../port.js";

/**
 * A broker whose pool is not known, because it did not answer. It is not asked again for the same request, as it may be of
 * another pool, and answers say that it is missing.
 */
export class SilentPort implements BrokerPort {
  readonly address: string;
  readonly #error: Missing["error"];

  constructor({ broker, error }: Missing) {
    this.address = broker;
    this.#error = error;
  }

  async ask(): Promise<never> {
    throw this.#error;
  }

  async status(): Promise<never> {
    throw this.#error;
  }

  as(): SilentPort {
    return this;
  }

  close(): void {}
}
