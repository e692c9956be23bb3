import { randomBytes } from "node:crypto";
import type { Clock } from "../../base/clock.js";

const CODE_BYTES = 32;
const VALID_MS = 60_000;

/**
 * Codes that sign in once, within a minute, in place of a token: other users of a machine see the command lines of programs,
 * such as that of a browser.
 */
export class OneTimeCodes {
  readonly #clock: Clock;
  readonly #tokens = new Map<string, string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  issue(token: string): string {
    const code = randomBytes(CODE_BYTES).toString("base64url");
    this.#tokens.set(code, token);
    this.#clock.after(VALID_MS, () => this.#tokens.delete(code));
    return code;
  }

  /** The token of the code, once; undefined: it is none, or is used or too old. */
  take(code: string): string | undefined {
    const token = this.#tokens.get(code);
    this.#tokens.delete(code);
    return token;
  }
}
