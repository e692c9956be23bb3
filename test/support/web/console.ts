import { Bucket } from "#runtime/base/bucket.js";
import { silentLogger } from "#runtime/base/logger.js";
import { Front } from "#runtime/front/front.js";
import { apiHandler } from "#runtime/web/app.js";
import type { Route, WebContext } from "#runtime/web/context.js";
import { Guard, type GuardOptions } from "#runtime/web/guard/guard.js";
import { Tokens } from "#runtime/web/guard/tokens.js";
import { ManualClock } from "../../unit/worker/manual-clock.js";

/** A token of each kind. */
export const TOKENS = {
  viewer: "viewer-viewer-viewer-viewer",
  operator: "operator-operator-operator",
  owner: "owner-owner-owner-owner-owner",
} as const;

export const entries = [
  { name: "vera", role: "view", reveal: false, token: TOKENS.viewer },
  { name: "olga", role: "operate", reveal: false, token: TOKENS.operator },
  { name: "ann", role: "operate", reveal: true, token: TOKENS.owner },
] as const;

export const PORT = 50_052;
const PREFIX = "/ops/";
export const HOST = `localhost:${PORT}`;

/** What pages of the console send with a change. */
export const PAGE = { "taskwire-console": "1", "content-type": "application/json", origin: `http://${HOST}` } as const;

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly address?: string;
}

/** What routes share in a console without a model. */
export function contextOf(front: Front, prefix = "/"): WebContext {
  return {
    options: {
      prefix,
      environment: "local",
      production: false,
      dataFolder: undefined,
      refresh: 1000,
      traceUrl: null,
    },
    front,
    models: () => [],
    sends: () => ({ possible: false, why: "there is no model" }),
    logger: silentLogger,
  };
}

/** The API of a console without brokers, with the routes. Its clock stands still. */
export function apiOf(routes: readonly Route[], options: Partial<GuardOptions> = {}) {
  const clock = new ManualClock();
  const tokens = new Tokens(entries);
  const guard = new Guard({
    tokens,
    prefix: PREFIX,
    hosts: new Set(["ops.example.com"]),
    trustProxy: false,
    userHeader: undefined,
    clock,
    logger: silentLogger,
    ...options,
  });
  const context = contextOf(new Front([]), PREFIX);
  const handler = apiHandler({ context, guard, changes: new Bucket(20, clock), routes });
  /** `over`: aborts when the answer is over. */
  const ask = (path: string, { address = "127.0.0.1", ...init }: Asked = {}, over = new AbortController().signal) =>
    handler(
      new Request(`http://${HOST}${PREFIX}api/v1/${path}`, { ...init, headers: { host: HOST, ...init.headers } }),
      { address, port: PORT, over },
    );
  /** The cookie of a new session. */
  const signIn = async (token: string): Promise<string> => {
    const response = await ask("session", { method: "POST", headers: PAGE, body: JSON.stringify({ token }) });
    return (response.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
  };
  return { ask, signIn, clock, tokens, guard };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
