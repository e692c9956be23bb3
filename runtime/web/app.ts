import { type Context, Hono } from "hono";
import type { Bucket } from "../base/bucket.js";
import { type Front, roleRefused } from "../front/front.js";
import { inPool } from "../front/pools/in-pool.js";
import { OperationError } from "../operations/errors.js";
import type { Role } from "../operations/verbs.js";
import type { Mount, Peer } from "../telemetry/http/mount.js";
import type { Call, Route, Session, WebContext } from "./context.js";
import { jsonBody } from "./guard/body.js";
import type { Guard } from "./guard/guard.js";
import { SESSION, sessionDocument } from "./guard/session-route.js";
import { HttpProblem, json, problemResponse } from "./problem.js";

interface Parts {
  readonly context: WebContext;
  readonly guard: Guard;
  /** How many changing calls may pass a second. */
  readonly changes: Bucket;
  readonly routes: readonly Route[];
}

type Asked = Context<{ Bindings: Peer }>;

/**
 * The HTTP API below <prefix>api/v1/ as a handler: each request has a session, its session the role of the route, and its
 * body is JSON; what fails becomes a problem document. It never rejects.
 */
export function apiHandler(parts: Parts): Mount["handle"] {
  const { context, guard, routes } = parts;
  const { options, logger } = context;
  const below = `${options.prefix}api/v1/`;
  // Paths are matched as they were sent; only their named parts are decoded.
  const app = new Hono<{ Bindings: Peer }>({ getPath: ({ url }) => new URL(url).pathname });
  app.post(`${below}session`, async ({ req, env }) => {
    const { session, cookie } = await guard.signIn(req.raw, env);
    return json(200, sessionDocument(session, context), { "set-cookie": cookie });
  });
  app.delete(`${below}session`, ({ req, env }) => json(200, {}, { "set-cookie": guard.signOut(req.raw, env) }));
  const all = [SESSION, ...routes];
  for (const route of all) app.on(route.method, below + route.path, (asked) => answer(parts, route, asked));
  for (const [path, methods] of methodsOf(all)) {
    app.all(below + path, ({ req }) => {
      const message = `${req.method} is not supported here, expected ${methods.join(" or ")}`;
      return json(405, { code: "method_not_allowed", message }, { allow: methods.join(", ") });
    });
  }
  app.notFound(() => json(404, { code: "not_found", message: `no such path of the API; it is below ${below}` }));
  app.onError((error, { req }) => problemResponse(error, req.raw, logger));
  return async (request, peer) => app.fetch(request, peer);
}

async function answer({ context, guard, changes }: Parts, route: Route, { req, env }: Asked): Promise<Response> {
  const posts = route.method !== "GET";
  const session = guard.sessionOf(req.raw, env, posts);
  if (!may(session, route.role)) throw roleRefused(route.role);
  if (posts && route.role !== "view" && !changes.take())
    throw new HttpProblem(429, "too_many_changes", "too many changing calls a second; retry in a second");
  const body = posts ? await jsonBody(req.raw) : {};
  const ending = new AbortController();
  const forget = session.onEnd(() => ending.abort());
  const end = () => {
    forget();
    ending.abort();
  };
  // The caller may have left while the body was read.
  if (env.over.aborted) end();
  else env.over.addEventListener("abort", end);
  const { signal } = ending;
  const person = {
    actor: session.name,
    address: guard.addressOf(req.raw, env),
    signal,
    may: (role: Role) => may(session, role),
  };
  const query = new URL(req.url).searchParams;
  const front = context.front.as(person);
  const call: Call = {
    context,
    session,
    front: route.ownPool === true ? front : await narrowed(front, query),
    path: req.param(),
    query,
    body,
    headers: req.raw.headers,
    signal,
  };
  const answered = await route.answer(call);
  return answered instanceof Response ? answered : json(200, answered);
}

/** The brokers of the pool that `pool` names, which is taken out of the query; all of them when it is not given. */
async function narrowed(front: Front, query: URLSearchParams): Promise<Front> {
  const [pool = "", ...more] = query.getAll("pool");
  if (more.length > 0)
    throw new OperationError("bad_request", "bad_parameter", "pool: expected one value, found several", {
      field: "pool",
    });
  query.delete("pool");
  return pool === "" ? front : inPool(front, pool);
}

function may({ role, reveal }: Session, needed: Role): boolean {
  if (needed === "reveal") return reveal;
  return needed === "view" || role === "operate";
}

function methodsOf(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map([["session", ["POST", "DELETE"]]]);
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method]);
  return methods;
}
