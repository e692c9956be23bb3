import { describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import { Front } from "#runtime/front/front.js";
import { apiHandler, type Guard } from "#runtime/web/app.js";
import type { Route, Session, WebContext } from "#runtime/web/context.js";
import { SESSION } from "#runtime/web/guard/session-route.js";

const PEER = { address: "127.0.0.1" };
const viewer: Session = { name: "ann", role: "view", reveal: false, ended: new AbortController().signal };
const context: WebContext = {
  options: {
    prefix: "/ops/",
    environment: "local",
    production: false,
    dataFolder: undefined,
    refresh: 1000,
    traceUrl: null,
  },
  front: new Front([]),
  models: () => [],
  sends: () => ({ possible: false, why: "there is no model" }),
  logger: silentLogger,
};
const guard: Guard = { sessionOf: () => viewer };

function answering(...routes: readonly Route[]) {
  const handler = apiHandler(context, guard, routes);
  return (path: string, init?: RequestInit) => handler(new Request(`http://localhost/ops/api/v1/${path}`, init), PEER);
}

describe("the HTTP API of the console", () => {
  it("answers who is signed in and what the console is for", async () => {
    const response = await answering(SESSION)("session");
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ name: "ann", role: "view", reveal: false, environment: "local" });
  });

  it("decodes the named parts of a path, slashes included, and hands on query and body", async () => {
    const route: Route = {
      method: "POST",
      path: "things/:id/:part",
      role: "view",
      answer: ({ path, query, body }) => ({ path, q: query.getAll("q"), body }),
    };
    const headers = { "content-type": "application/json" };
    const response = await answering(route)("things/a%2Fb%3F/%C3%A9?q=1&q=2", {
      method: "POST",
      body: '{"x":1}',
      headers,
    });
    expect(await response.json()).toEqual({ path: { id: "a/b?", part: "é" }, q: ["1", "2"], body: { x: 1 } });
  });

  it("refuses a route whose role the session lacks, before it reads the body", async () => {
    const route: Route = { method: "POST", path: "act", role: "operate", answer: () => ({}) };
    const response = await answering(route)("act", { method: "POST", body: "not JSON" });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "role_refused" });
  });

  it("names the methods of a path, and answers 404 for paths it does not have", async () => {
    const ask = answering(SESSION);
    const refused = await ask("session", { method: "PUT" });
    expect(refused.status).toBe(405);
    expect(refused.headers.get("allow")).toBe("GET");
    expect((await ask("sessions")).status).toBe(404);
    expect((await ask("../v1/session/x")).status).toBe(404);
  });

  it("answers 500 for a fault of its own, without its inside", async () => {
    const route: Route = {
      method: "GET",
      path: "broken",
      role: "view",
      answer: () => Promise.reject(new Error("a secret of the inside")),
    };
    const response = await answering(route)("broken");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });

  it("refuses verbs beyond the role of the session, whatever its route needs", async () => {
    const route: Route = { method: "GET", path: "sly", role: "view", answer: ({ front }) => front.ask("Purge", {}) };
    const response = await answering(route)("sly");
    expect(response.status).toBe(403);
  });

  it.each([
    ["no JSON", 400, "bad_json", "{", "application/json"],
    ["a form", 415, "not_json", "a=1", "application/x-www-form-urlencoded"],
    ["more than 1 MiB", 413, "too_large", " ".repeat(1024 * 1024 + 1), "application/json"],
  ])("refuses a body that is %s with %i", async (_, status, code, body, type) => {
    const route: Route = { method: "POST", path: "act", role: "view", answer: () => ({}) };
    const response = await answering(route)("act", { method: "POST", body, headers: { "content-type": type } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });
});
