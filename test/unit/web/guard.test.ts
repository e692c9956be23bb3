import { describe, expect, it } from "vitest";
import type { Route } from "#runtime/web/context.js";
import { apiOf, bearer, entries, HOST, PAGE, PORT, TOKENS } from "../../support/web/console.js";

const HOUR_MS = 3_600_000;
const act: Route = { method: "POST", path: "act", role: "operate", answer: ({ session }) => ({ by: session.name }) };

describe("sessions of the console", () => {
  it("signs in with a token: the cookie is for its port and path, and scripts cannot read it", async () => {
    const { ask } = apiOf([]);
    const body = JSON.stringify({ token: TOKENS.operator });
    const response = await ask("session", { method: "POST", headers: PAGE, body });
    expect(await response.json()).toMatchObject({ name: "olga", role: "operate", reveal: false });
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      new RegExp(`^taskwire-console-${PORT}=[\\w.-]+; Path=/ops/; Max-Age=43200; HttpOnly; SameSite=Strict$`),
    );
    expect(cookie).not.toContain(TOKENS.operator);
    const again = await ask("session", { headers: { cookie: `other=1; ${cookie.split(";", 1)[0]}` } });
    expect(await again.json()).toMatchObject({ name: "olga" });
  });

  it("ends a session after 12 hours", async () => {
    const { ask, signIn, clock } = apiOf([]);
    const cookie = await signIn(TOKENS.viewer);
    clock.advance(12 * HOUR_MS - 1000);
    expect((await ask("session", { headers: { cookie } })).status).toBe(200);
    clock.advance(1000);
    const ended = await ask("session", { headers: { cookie } });
    expect(ended.status).toBe(401);
    expect(await ended.json()).toMatchObject({ code: "sign_in" });
  });

  it("ends sessions and streams when their token is removed or gets other rights, and no others", async () => {
    const signals: AbortSignal[] = [];
    const stream: Route = {
      method: "GET",
      path: "stream",
      role: "view",
      answer: ({ signal }) => ({ signals: signals.push(signal) }),
    };
    const { ask, signIn, tokens } = apiOf([stream]);
    const cookies = [await signIn(TOKENS.viewer), await signIn(TOKENS.operator), await signIn(TOKENS.owner)];
    for (const cookie of cookies) await ask("stream", { headers: { cookie } });
    const [, olga, ann] = entries;
    tokens.replace([{ ...olga, role: "view" }, ann]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, false]);
    const statuses = await Promise.all(
      cookies.map(async (cookie) => (await ask("session", { headers: { cookie } })).status),
    );
    expect(statuses).toEqual([401, 401, 200]);
  });

  it("ends a stream when its session expires while it is open", async () => {
    const signals: AbortSignal[] = [];
    const stream: Route = {
      method: "GET",
      path: "stream",
      role: "view",
      answer: ({ signal }) => ({ signals: signals.push(signal) }),
    };
    const { ask, signIn, clock } = apiOf([stream]);
    await ask("stream", { headers: { cookie: await signIn(TOKENS.viewer) } });
    clock.advance(12 * HOUR_MS + 1000);
    expect(signals[0]?.aborted).toBe(true);
  });

  it("signs out: the cookie is removed, is refused from then on, and its streams end", async () => {
    const { ask, signIn } = apiOf([]);
    const cookie = await signIn(TOKENS.viewer);
    const other = await signIn(TOKENS.viewer);
    const response = await ask("session", { method: "DELETE", headers: { ...PAGE, cookie } });
    expect(response.headers.get("set-cookie")).toContain("Max-Age=0");
    expect((await ask("session", { headers: { cookie } })).status).toBe(401);
    expect((await ask("session", { headers: { cookie: other } })).status).toBe(200);
  });

  it.each([
    ["a changed signature", (cookie: string) => `${cookie.slice(0, -4)}AAAA`],
    ["another end", (cookie: string) => cookie.replace(/\.(\d+)\./, ".99999999999.")],
    ["another token", (cookie: string) => cookie.replace(/=\w{32}/, `=${"0".repeat(32)}`)],
    ["another port", (cookie: string) => cookie.replace(`${PORT}=`, "1=")],
    ["nothing in it", (cookie: string) => cookie.replace(/=.*/, "=")],
    ["1 MiB of dots", (cookie: string) => `${cookie.replace(/=.*/, "=")}${".".repeat(1024 * 1024)}`],
  ])("refuses a cookie with %s", async (_, forged) => {
    const { ask, signIn } = apiOf([]);
    const cookie = forged(await signIn(TOKENS.owner));
    expect((await ask("session", { headers: { cookie } })).status).toBe(401);
  });

  it("answers wrong tokens 401, and from the sixth within a second 429, only to that address", async () => {
    const { ask, clock } = apiOf([]);
    const attempt = async (token: string, address: string) => {
      const body = JSON.stringify({ token });
      return (await ask("session", { method: "POST", headers: PAGE, body, address })).status;
    };
    const wrong = "wrong-wrong-wrong-wrong-wrong";
    const statuses: number[] = [];
    for (let count = 0; count < 7; count += 1) statuses.push(await attempt(wrong, "10.0.0.1"));
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
    // Else a right guess would show itself.
    expect(await attempt(TOKENS.owner, "10.0.0.1")).toBe(429);
    expect(await attempt(TOKENS.owner, "10.0.0.2")).toBe(200);
    expect((await ask("session", { headers: bearer(wrong), address: "10.0.0.1" })).status).toBe(429);
    clock.advance(1000);
    expect(await attempt(TOKENS.owner, "10.0.0.1")).toBe(200);
  });

  it("signs in with a code once, within a minute, in place of the token", async () => {
    const { ask, guard, clock } = apiOf([]);
    const attempt = async (token: string) => {
      const body = JSON.stringify({ token });
      return (await ask("session", { method: "POST", headers: PAGE, body })).status;
    };
    const code = guard.oneTimeCode(TOKENS.operator);
    expect((await ask("session", { headers: bearer(code) })).status).toBe(401);
    expect(await attempt(code)).toBe(200);
    expect(await attempt(code)).toBe(401);
    const late = guard.oneTimeCode(TOKENS.operator);
    clock.advance(60_000);
    expect(await attempt(late)).toBe(401);
  });

  it.each([[undefined], [1], [["x"]], [{}], [""], ["x".repeat(1_000_000)]])(
    "refuses to sign in with the token %j",
    async (token) => {
      const { ask } = apiOf([]);
      const response = await ask("session", { method: "POST", headers: PAGE, body: JSON.stringify({ token }) });
      expect([400, 401]).toContain(response.status);
    },
  );
});

describe("changes by other sites", () => {
  const foreign: readonly (readonly [string, number, Readonly<Record<string, string>>])[] = [
    ["without the header of the console", 403, { "taskwire-console": "0" }],
    ["as a form", 415, { "content-type": "application/x-www-form-urlencoded" }],
    ["as text", 415, { "content-type": "text/plain" }],
    ["from another origin", 403, { origin: "http://evil.example" }],
    ["from another port of this host", 403, { origin: "http://localhost:3000" }],
    ["from an opaque origin", 403, { origin: "null" }],
    ["that the browser calls cross-site", 403, { "sec-fetch-site": "cross-site" }],
    ["that the browser calls same-site", 403, { "sec-fetch-site": "same-site" }],
    ["typed as an address", 403, { "sec-fetch-site": "none" }],
  ];

  it.each(foreign)("are refused with a cookie: %s", async (_, status, headers) => {
    const { ask, signIn } = apiOf([act]);
    const cookie = await signIn(TOKENS.owner);
    const sent = { method: "POST", body: "{}", headers: { ...PAGE, cookie, ...headers } };
    expect((await ask("act", sent)).status).toBe(status);
  });

  it.each(foreign)("cannot sign anybody in: %s", async (_, status, headers) => {
    const body = JSON.stringify({ token: TOKENS.owner });
    const response = await apiOf([]).ask("session", { method: "POST", body, headers: { ...PAGE, ...headers } });
    expect(response.status).toBe(status);
    expect(response.headers.get("set-cookie")).toBeNull();
  });

  it("differ from those of our own page, of either scheme", async () => {
    const { ask, signIn } = apiOf([act]);
    const cookie = await signIn(TOKENS.owner);
    for (const origin of [`http://${HOST}`, `https://${HOST}`]) {
      const headers = { ...PAGE, cookie, origin, "sec-fetch-site": "same-origin" };
      expect((await ask("act", { method: "POST", body: "{}", headers })).status).toBe(200);
    }
  });

  it("cannot open a stream with the cookie of the person", async () => {
    const { ask, signIn } = apiOf([]);
    const headers = { cookie: await signIn(TOKENS.owner), "sec-fetch-site": "same-site" };
    expect((await ask("session", { headers })).status).toBe(403);
  });

  it("need no header of the console from a client with a token, unless a proxy adds the token", async () => {
    const headers = { ...bearer(TOKENS.operator), "content-type": "application/json" };
    const direct = await apiOf([act]).ask("act", { method: "POST", body: "{}", headers });
    expect(direct.status).toBe(200);
    const proxied = apiOf([act], { trustProxy: true });
    expect((await proxied.ask("act", { method: "POST", body: "{}", headers })).status).toBe(403);
    const page = { ...headers, ...PAGE };
    expect((await proxied.ask("act", { method: "POST", body: "{}", headers: page })).status).toBe(200);
  });
});

describe("a proxy in front of the console", () => {
  const told = {
    ...PAGE,
    ...bearer(TOKENS.operator),
    "x-auth-email": "ann@example.com",
    "x-forwarded-for": "6.6.6.6, 10.1.2.3",
    "x-forwarded-proto": "https",
  };

  it("names the person, the address and the scheme when it is trusted", async () => {
    const { ask, guard } = apiOf([act], { trustProxy: true, userHeader: "x-auth-email" });
    const response = await ask("act", { method: "POST", body: "{}", headers: told });
    expect(await response.json()).toEqual({ by: "ann@example.com" });
    const peer = { address: "127.0.0.1", port: PORT, over: new AbortController().signal };
    expect(guard.addressOf(new Request(`http://${HOST}`, { headers: told }), peer)).toBe("10.1.2.3");
    const body = JSON.stringify({ token: TOKENS.owner });
    const signedIn = await ask("session", { method: "POST", body, headers: told });
    expect(signedIn.headers.get("set-cookie")).toContain("; Secure");
    const schemes = { ...told, "x-forwarded-proto": "http, https" };
    const chained = await ask("session", { method: "POST", body, headers: schemes });
    expect(chained.headers.get("set-cookie")).toContain("; Secure");
  });

  it("is not believed when it is not trusted", async () => {
    const { ask, guard } = apiOf([act], { userHeader: "x-auth-email" });
    const response = await ask("act", { method: "POST", body: "{}", headers: told });
    expect(await response.json()).toEqual({ by: "olga" });
    const peer = { address: "127.0.0.1", port: PORT, over: new AbortController().signal };
    expect(guard.addressOf(new Request(`http://${HOST}`, { headers: told }), peer)).toBe("127.0.0.1");
    const body = JSON.stringify({ token: TOKENS.owner });
    const signedIn = await ask("session", { method: "POST", body, headers: told });
    expect(signedIn.headers.get("set-cookie")).not.toContain("Secure");
  });
});

describe("the host of a request", () => {
  const { guard } = apiOf([]);
  const check = (host: string) => () => guard.checkHost(new Request("http://localhost/", { headers: { host } }));

  it.each([
    "127.0.0.1",
    "127.0.0.1:50052",
    "10.0.0.7:80",
    "[::1]:50052",
    "[fe80::1]",
    "localhost",
    "LOCALHOST:1",
    "a.localhost:1",
    "localhost.:50052",
    "ops.example.com",
    "OPS.example.com:443",
  ])("is accepted: %s", (host) => expect(check(host)).not.toThrow());

  it.each([
    "evil.example",
    "evil.example:50052",
    "localhost.evil.example",
    "evillocalhost",
    "127.0.0.1.evil.example",
    "x.ops.example.com",
    "127.1",
    "0x7f000001",
    "[evil.example]",
    "",
    "a b",
    "localhost@evil.example",
    "localhost:x",
  ])("is refused, as after DNS rebinding: %s", (host) => expect(check(host)).toThrow());
});
