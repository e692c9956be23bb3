import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { Peer } from "../../telemetry/http/mount.js";
import type { Session } from "../context.js";
import { HttpProblem } from "../problem.js";
import { jsonBody } from "./body.js";
import { type CookieScope, cookiesIn, newCookie, readCookie, type SignedIn, setCookie } from "./cookies.js";
import { OneTimeCodes } from "./one-time-codes.js";
import { OpenSessions } from "./open-sessions.js";
import { checkHost, checkPage, checkSite } from "./origin.js";
import type { Token, Tokens } from "./tokens.js";
import { WrongTokens } from "./wrong-tokens.js";

const LONGEST_NAME = 128;

export interface GuardOptions {
  readonly tokens: Tokens;
  /** Path of the cookie. */
  readonly prefix: string;
  /** Names of this console, besides IP addresses and localhost; in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Whoever connects is a proxy, whose X-Forwarded headers are true. */
  readonly trustProxy: boolean;
  /** The header in which the proxy names the person, in lower case. */
  readonly userHeader: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Knows who asks. Its methods throw HttpProblem. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #wrong: WrongTokens;
  readonly #open: OpenSessions;
  readonly #codes: OneTimeCodes;

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#wrong = new WrongTokens(options.clock);
    this.#open = new OpenSessions(options.tokens, options.clock);
    this.#codes = new OneTimeCodes(options.clock);
  }

  /** A code that signs in once in place of the token. */
  oneTimeCode(token: string): string {
    return this.#codes.issue(token);
  }

  /** Refuses a request to any path under a name that this console does not have. */
  checkHost(request: Request): void {
    checkHost(request, this.#options.hosts);
  }

  /** Whose request it is. `changes`: it has to come from a page of this console, or from a client with a token. */
  sessionOf(request: Request, peer: Peer, changes: boolean): Session {
    checkSite(request, changes);
    const bearer = bearerOf(request);
    // A proxy that adds the token adds it to requests of other sites, too.
    if (changes && (bearer === undefined || this.#options.trustProxy)) checkPage(request);
    if (bearer !== undefined) return this.#session(request, { token: this.#verified(bearer, request, peer) });
    const now = this.#options.clock.wall();
    for (const value of cookiesIn(request.headers.get("cookie") ?? "", peer)) {
      const signedIn = readCookie(value, this.#options.tokens, now);
      if (signedIn !== undefined && !this.#open.signedOut(signedIn.id)) return this.#session(request, signedIn);
    }
    throw new HttpProblem(401, "sign_in", "sign in with a token of the console: the session is missing or has ended");
  }

  /** A session for a token, and the header that sets its cookie. */
  async signIn(request: Request, peer: Peer): Promise<{ readonly session: Session; readonly cookie: string }> {
    checkSite(request, true);
    checkPage(request);
    const body = await jsonBody(request);
    const given = typeof body === "object" && body !== null && "token" in body ? body.token : undefined;
    if (typeof given !== "string") throw new HttpProblem(400, "bad_parameter", "token: expected a string");
    const token = this.#verified(this.#codes.take(given) ?? given, request, peer);
    const value = newCookie(token, this.#options.clock.wall());
    const session = this.#session(request, { token });
    this.#options.logger.info("signed in to the console", {
      name: session.name,
      role: session.role,
      address: this.addressOf(request, peer),
    });
    return { session, cookie: setCookie(value, this.#scope(request, peer)) };
  }

  /** Ends the session of the cookie, and resolves to the header that removes it. */
  signOut(request: Request, peer: Peer): string {
    checkSite(request, true);
    checkPage(request);
    for (const value of cookiesIn(request.headers.get("cookie") ?? "", peer)) {
      const signedIn = readCookie(value, this.#options.tokens, this.#options.clock.wall());
      if (signedIn !== undefined) this.#open.signOut(signedIn);
    }
    return setCookie("", this.#scope(request, peer));
  }

  /** Where the person is: the peer, or what the proxy says of it. */
  addressOf({ headers }: Request, peer: Peer): string {
    if (!this.#options.trustProxy) return peer.address;
    // The last entry is the proxy's own; a client may have sent those before it.
    const last = headers.get("x-forwarded-for")?.split(",").at(-1)?.trim();
    return last === undefined || last === "" ? peer.address : last.slice(0, LONGEST_NAME);
  }

  #session(request: Request, owner: { readonly token: Token } & Partial<SignedIn>): Session {
    const { name, role, reveal, id } = owner.token;
    return {
      id,
      name: this.#person(request) ?? name,
      role,
      reveal,
      onEnd: (listener) => this.#open.add(owner, listener),
    };
  }

  #person({ headers }: Request): string | undefined {
    const { userHeader, trustProxy } = this.#options;
    const value = userHeader === undefined || !trustProxy ? undefined : headers.get(userHeader)?.trim();
    return value === undefined || value === "" ? undefined : value.slice(0, LONGEST_NAME);
  }

  #verified(given: string, request: Request, peer: Peer): Token {
    const address = this.addressOf(request, peer);
    const most = this.#wrong.rate;
    if (!this.#wrong.mayTry(address))
      throw new HttpProblem(429, "too_many_tokens", `more than ${most} wrong tokens a second; retry in a second`);
    const token = this.#options.tokens.find(given);
    if (token !== undefined) return token;
    this.#wrong.count(address);
    this.#options.logger.warn("a wrong token for the console", { address });
    throw new HttpProblem(401, "wrong_token", "the token is wrong, or was removed");
  }

  #scope({ headers }: Request, { port }: Peer): CookieScope {
    const { trustProxy, prefix } = this.#options;
    // The last entry is the proxy's own, as in X-Forwarded-For.
    const scheme = headers.get("x-forwarded-proto")?.split(",").at(-1)?.trim();
    return { port, path: prefix, secure: trustProxy && scheme === "https" };
  }
}

function bearerOf({ headers }: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
}
