import { describe, expect, it } from "vitest";
import type { Route } from "#runtime/web/context.js";
import { apiOf, bearer, TOKENS } from "../../support/web/console.js";

const viewer = bearer(TOKENS.viewer);
const json = { ...viewer, "content-type": "application/json" };

describe("the HTTP API of the console", () => {
  it("answers who is signed in and what the console is for", async () => {
    const response = await apiOf([]).ask("session", { headers: viewer });
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ name: "vera", role: "view", reveal: false, environment: "local" });
  });

  it("decodes the named parts of a path, slashes included, and hands on query and body", async () => {
    const route: Route = {
      method: "POST",
      path: "things/:id/:part",
      role: "view",
      answer: ({ path, query, body }) => ({ path, q: query.getAll("q"), body }),
    };
    const { ask } = apiOf([route]);
    const response = await ask("things/a%2Fb%3F/%C3%A9?q=1&q=2", { method: "POST", body: '{"x":1}', headers: json });
    expect(await response.json()).toEqual({ path: { id: "a/b?", part: "é" }, q: ["1", "2"], body: { x: 1 } });
  });

  it("refuses a route whose role the session lacks, before it reads the body", async () => {
    const route: Route = { method: "POST", path: "act", role: "operate", answer: () => ({}) };
    const response = await apiOf([route]).ask("act", { method: "POST", body: "not JSON", headers: viewer });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "role_refused" });
  });

  it("names the methods of a path, and answers 404 for paths it does not have", async () => {
    const { ask } = apiOf([]);
    const refused = await ask("session", { method: "PUT" });
    expect(refused.status).toBe(405);
    expect(refused.headers.get("allow")).toBe("POST, DELETE, GET");
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
    const response = await apiOf([route]).ask("broken", { headers: viewer });
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("secret");
  });

  it("refuses verbs beyond the role of the session, whatever its route needs", async () => {
    const route: Route = { method: "GET", path: "sly", role: "view", answer: ({ front }) => front.ask("Purge", {}) };
    const response = await apiOf([route]).ask("sly", { headers: viewer });
    expect(response.status).toBe(403);
  });

  it.each([
    ["no JSON", 400, "bad_json", "{", "application/json"],
    ["a form", 415, "not_json", "a=1", "application/x-www-form-urlencoded"],
    ["more than 1 MiB", 413, "too_large", " ".repeat(1024 * 1024 + 1), "application/json"],
  ])("refuses a body that is %s with %i", async (_, status, code, body, type) => {
    const route: Route = { method: "POST", path: "act", role: "view", answer: () => ({}) };
    const headers = { ...viewer, "content-type": type };
    const response = await apiOf([route]).ask("act", { method: "POST", body, headers });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("lets 20 changing calls pass a second, of all people together", async () => {
    const route: Route = { method: "POST", path: "act", role: "operate", answer: () => ({}) };
    const { ask, clock } = apiOf([route]);
    const act = async () => (await ask("act", { method: "POST", headers: bearer(TOKENS.operator) })).status;
    const statuses = await Promise.all(Array.from({ length: 25 }, act));
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    clock.advance(1000);
    expect(await act()).toBe(200);
  });

  it("aborts the signal of a call whose caller has left before it began", async () => {
    const over = new AbortController();
    over.abort();
    const route: Route = {
      method: "GET",
      path: "late",
      role: "view",
      answer: ({ signal }) => ({ over: signal.aborted }),
    };
    const response = await apiOf([route]).ask("late", { headers: viewer }, over.signal);
    expect(await response.json()).toEqual({ over: true });
  });

  it.each([["["], ['{"a":'], ['{"a":[']])(
    "refuses a body that is nested deeper than any request is: %s",
    async (level) => {
      const route: Route = {
        method: "POST",
        path: "deep",
        role: "view",
        answer: ({ body }) => JSON.stringify(body) && {},
      };
      const { ask } = apiOf([route]);
      const nested = (depth: number) => {
        const open = level.repeat(depth);
        const close = [...open]
          .reverse()
          .flatMap((sign) => (sign === "[" ? ["]"] : sign === "{" ? ["}"] : []))
          .join("");
        return `${open}"[[[{{{\\"[[["${close}`;
      };
      const post = (body: string) => ask("deep", { method: "POST", body, headers: json });
      expect((await post(nested(10))).status).toBe(200);
      for (const depth of [100, 50_000]) {
        const refused = await post(nested(depth));
        expect(refused.status).toBe(400);
        expect(await refused.json()).toMatchObject({ code: "too_deep" });
      }
    },
  );

  it("aborts the signal of a call when its answer is over", async () => {
    const signals: AbortSignal[] = [];
    const route: Route = {
      method: "GET",
      path: "stream",
      role: "view",
      answer: ({ signal }) => ({ signals: signals.push(signal) }),
    };
    const over = new AbortController();
    await apiOf([route]).ask("stream", { headers: viewer }, over.signal);
    expect(signals[0]?.aborted).toBe(false);
    over.abort();
    expect(signals[0]?.aborted).toBe(true);
  });
});
