import { Bucket } from "../base/bucket.js";
import type { Clock } from "../base/clock.js";
import type { Mount, Peer } from "../telemetry/http/mount.js";
import { apiRoutes } from "./api/routes.js";
import { apiHandler } from "./app.js";
import type { WebContext } from "./context.js";
import { secured } from "./files/headers.js";
import { Pages } from "./files/pages.js";
import { Guard, type GuardOptions } from "./guard/guard.js";
import { Live } from "./live/live.js";
import { problemResponse } from "./problem.js";

/** Changing calls a second, of all people together. */
const CHANGES = 20;
/** Probes and metrics stay open: whoever watches a process has no token. */
const OPEN: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"]);
const STATUS = "/api/status";

interface ConsoleOptions {
  readonly context: WebContext;
  readonly guard: Omit<GuardOptions, "prefix" | "logger">;
  readonly clock: Clock;
  /** The status of the broker of this process, for /api/status, which needs a token then. Default: that path is not served. */
  readonly status?: () => Promise<string>;
}

interface ConsoleMount extends Mount {
  /** A code that signs in once in place of the token, within a minute. */
  oneTimeCode(token: string): string;
  /** Ends its streams, and closes what requests have opened. */
  close(): Promise<void>;
}

/** The console as a mount: its pages, its API, and /api/status. */
export function consoleMount({ context, guard: guarding, clock, status }: ConsoleOptions): ConsoleMount {
  const { prefix } = context.options;
  const { logger } = context;
  const guard = new Guard({ ...guarding, prefix, logger });
  const pages = new Pages(prefix);
  const own = apiRoutes(context);
  const live = new Live(context, clock, own.schedules);
  const routes = [live.route, ...own.routes];
  const api = apiHandler({ context, guard, changes: new Bucket(CHANGES, clock), routes });

  const respond = async (request: Request, peer: Peer): Promise<Response> => {
    guard.checkHost(request);
    const { pathname } = new URL(request.url);
    if (pathname.startsWith(`${prefix}api/`) && pathname !== STATUS) return api(request, peer);
    if (pathname !== STATUS || status === undefined) return pages.respond(request, pathname);
    guard.sessionOf(request, peer, false);
    return new Response(`${await status()}\n`, {
      headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    });
  };
  return {
    oneTimeCode: (token) => guard.oneTimeCode(token),
    handles: (path) =>
      !OPEN.has(path) &&
      (path.startsWith(prefix) || `${path}/` === prefix || (path === STATUS && status !== undefined)),
    handle: async (request, peer) =>
      secured(await respond(request, peer).catch((error: unknown) => problemResponse(error, request, logger))),
    close: async () => {
      live.close();
      await own.close();
    },
  };
}
