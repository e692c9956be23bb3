import { Hono } from "hono";
import { messageOf } from "../base/errors.js";
import { roleRefused } from "../front/front.js";
import type { Role } from "../operations/verbs.js";
import type { Mount, Peer } from "../telemetry/http/mount.js";
import type { Call, Route, Session, WebContext } from "./context.js";
import { jsonBody } from "./guard/body.js";
import { problemOf } from "./problem.js";

/** Who may ask what. Its methods throw HttpProblem. */
export interface Guard {
  /** Whose request it is. `changes`: it needs a proof that a page of ours sent it. */
  sessionOf(request: Request, peer: Peer, changes: boolean): Session;
}

/**
 * The HTTP API below <prefix>api/v1/ as a handler: each request has a session, its session the role of the route, and its
 * body is JSON; what fails becomes a problem document. It never rejects.
 *
 * Exported for tests.
 */
export function apiHandler(context: WebContext, guard: Guard, routes: readonly Route[]): Mount["handle"] {
  const { options, logger } = context;
  const below = `${options.prefix}api/v1/`;
  // Paths are matched as they were sent; only their named parts are decoded.
  const app = new Hono<{ Bindings: Peer }>({ getPath: ({ url }) => new URL(url).pathname });
  for (const route of routes) {
    app.on(route.method, below + route.path, async ({ req, env }) => {
      const changes = route.method !== "GET";
      const session = guard.sessionOf(req.raw, env, changes);
      if (!may(session, route.role)) throw roleRefused(route.role);
      const signal = AbortSignal.any([req.raw.signal, session.ended]);
      const person = {
        actor: session.name,
        address: env.address,
        signal,
        may: (role: Role) => may(session, role),
      };
      const call: Call = {
        context,
        session,
        front: context.front.as(person),
        path: req.param(),
        query: new URL(req.url).searchParams,
        body: changes ? await jsonBody(req.raw) : {},
        headers: req.raw.headers,
        signal,
      };
      const answer = await route.answer(call);
      return answer instanceof Response ? answer : json(200, answer);
    });
  }
  for (const [path, methods] of methodsOf(routes)) {
    app.all(below + path, ({ req }) => {
      const message = `${req.method} is not supported here, expected ${methods.join(" or ")}`;
      return json(405, { code: "method_not_allowed", message }, { allow: methods.join(", ") });
    });
  }
  app.notFound(() => json(404, { code: "not_found", message: `no such path of the API; it is below ${below}` }));
  app.onError((error, { req }) => {
    const problem = problemOf(error);
    if (problem !== undefined) return json(problem.status, problem.document);
    logger.error("cannot answer a request of the console", { path: req.path, error: messageOf(error) });
    return json(500, { code: "internal", message: "internal error; see the log of the process" });
  });
  return async (request, peer) => app.fetch(request, peer);
}

function may({ role, reveal }: Session, needed: Role): boolean {
  if (needed === "reveal") return reveal;
  return needed === "view" || role === "operate";
}

function methodsOf(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { path, method } of routes) methods.set(path, [...(methods.get(path) ?? []), method]);
  return methods;
}

/** A document as an answer. */
function json(status: number, document: object, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(`${JSON.stringify(document)}\n`, {
    status,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store", ...headers },
  });
}
