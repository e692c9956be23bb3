import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Token, Tokens } from "./tokens.js";

/** How long a session lasts, seconds. */
const SESSION_SECONDS = 12 * 3600;

/** How the cookie is set. */
export interface CookieScope {
  /** Cookies ignore ports, so the name has it. */
  readonly port: number;
  readonly path: string;
  readonly secure: boolean;
}

/** What a valid cookie says. */
export interface SignedIn {
  readonly token: Token;
  /** Names this one cookie. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly expires: number;
}

const PURPOSE = "taskwire console session 1";

/** The value of a new cookie: it holds no secret, and is signed with the token. `now`: milliseconds since the epoch. */
export function newCookie(token: Token, now: number): string {
  const content = `${token.id}.${randomBytes(12).toString("base64url")}.${Math.floor(now / 1000) + SESSION_SECONDS}`;
  return `${content}.${signatureOf(token, content).toString("base64url")}`;
}

/** undefined: it is not one of ours, has expired, or its token is gone. */
export function readCookie(value: string, tokens: Tokens, now: number): SignedIn | undefined {
  const [, content = "", owner = "", id = "", end = "", signature = ""] =
    /^(([0-9a-f]{32})\.([\w-]{16})\.(\d{1,12}))\.([\w-]{43})$/.exec(value) ?? [];
  const token = tokens.byId(owner);
  if (token === undefined) return undefined;
  if (!timingSafeEqual(signatureOf(token, content), Buffer.from(signature, "base64url"))) return undefined;
  const expires = Number(end);
  return expires * 1000 > now ? { token, id, expires } : undefined;
}

/** The values of the console's cookie in the Cookie header; there may be several when paths are nested. */
export function cookiesIn(header: string, { port }: Pick<CookieScope, "port">): readonly string[] {
  const prefix = `${nameOf(port)}=`;
  return header
    .split(";")
    .map((each) => each.trim())
    .filter((each) => each.startsWith(prefix))
    .slice(0, 4)
    .map((each) => each.slice(prefix.length));
}

/** The Set-Cookie header; "" as value removes the cookie. */
export function setCookie(value: string, { port, path, secure }: CookieScope): string {
  const age = value === "" ? 0 : SESSION_SECONDS;
  const flags = `HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  return `${nameOf(port)}=${value}; Path=${path}; Max-Age=${age}; ${flags}`;
}

function nameOf(port: number): string {
  return `taskwire-console-${port}`;
}

function signatureOf(token: Token, content: string): Buffer {
  return token.sign(`${PURPOSE}\n${content}`);
}
