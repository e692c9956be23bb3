import type { Clock } from "../../base/clock.js";
import type { SignedIn } from "./cookies.js";
import type { Token, Tokens } from "./tokens.js";

/** Cookies are valid until they expire, so those of who signed out are remembered; the oldest are forgotten first. */
const MOST_SIGNED_OUT = 10_000;

interface Open {
  readonly token: Token;
  /** Names the cookie; undefined: the request brings the token itself. */
  readonly id?: string | undefined;
  readonly end: () => void;
}

/** Requests that are being answered: they end with their session. */
export class OpenSessions {
  readonly #clock: Clock;
  readonly #open = new Set<Open>();
  readonly #signedOut = new Set<string>();

  constructor(tokens: Tokens, clock: Clock) {
    this.#clock = clock;
    tokens.onChange(() => this.#end(({ token }) => tokens.byId(token.id) === undefined));
  }

  /** Calls `end` when the token is removed, or the cookie's session ends; returns a function that forgets it. */
  add({ token, id, expires }: { readonly token: Token } & Partial<SignedIn>, end: () => void): () => void {
    const open = { token, id, end };
    this.#open.add(open);
    const cancel =
      expires === undefined
        ? () => {}
        : this.#clock.after(Math.max(0, expires * 1000 - this.#clock.wall()), () => this.#end((each) => each === open));
    return () => {
      cancel();
      this.#open.delete(open);
    };
  }

  signedOut(id: string): boolean {
    return this.#signedOut.has(id);
  }

  signOut({ id }: SignedIn): void {
    this.#signedOut.add(id);
    const [oldest] = this.#signedOut;
    if (this.#signedOut.size > MOST_SIGNED_OUT && oldest !== undefined) this.#signedOut.delete(oldest);
    this.#end((open) => open.id === id);
  }

  #end(which: (open: Open) => boolean): void {
    for (const open of this.#open) {
      if (!which(open)) continue;
      this.#open.delete(open);
      open.end();
    }
  }
}
