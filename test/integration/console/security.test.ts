import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "#runtime/base/clock.js";
import { Front } from "#runtime/front/front.js";
import { apiRoutes } from "#runtime/web/api/routes.js";
import type { Route } from "#runtime/web/context.js";
import { Live } from "#runtime/web/live/live.js";
import { bearer, contextOf, HOST, PAGE, PORT, TOKENS } from "../../support/web/console.js";
import { ServedConsole } from "../../support/web/served-console.js";
import { ManualClock } from "../../unit/worker/manual-clock.js";

/** Every route there is: none may depend on its own care. */
const ROUTES: readonly Route[] = [
  new Live(contextOf(new Front([])), systemClock()).route,
  ...apiRoutes(contextOf(new Front([]))).routes,
  { method: "GET", path: "session", role: "view", answer: () => ({}) },
];
const named = (routes: readonly Route[]) => routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const LOOKING = ROUTES.filter(({ method }) => method === "GET");
const CHANGING = ROUTES.filter(({ method }) => method !== "GET");
/** POST, as what they check is too long for an address; they change nothing. */
const CHECKING: ReadonlySet<string> = new Set(["dead-letters/check"]);

const clock = new ManualClock();
const served = new ServedConsole();
let cookie = "";
beforeAll(async () => {
  await served.start("/", {}, clock);
  const signedIn = await ask({ path: "session" }, "POST", PAGE, JSON.stringify({ token: TOKENS.owner }));
  cookie = (signedIn.headers.get("set-cookie") ?? "").split(";", 1)[0] ?? "";
});
afterAll(() => served[Symbol.asyncDispose]());

type Headers = Readonly<Record<string, string>>;

async function ask({ path }: Pick<Route, "path">, method: string, headers: Headers, body?: string): Promise<Response> {
  // What is limited by time is tested elsewhere.
  clock.advance(1000);
  const filled = path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "0");
  const request = new Request(`http://${HOST}/api/v1/${filled}`, {
    method,
    headers: { host: HOST, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const over = new AbortController();
  const response = await served.mount.handle(request, { address: "127.0.0.1", port: PORT, over: over.signal });
  // Nobody reads streams here.
  if (response.headers.get("content-type")?.startsWith("application/json") !== true) await response.body?.cancel();
  over.abort();
  return response;
}

const codeOf = async (response: Response): Promise<unknown> => {
  const problem: unknown = await response.json();
  return typeof problem === "object" && problem !== null && "code" in problem ? problem.code : undefined;
};

describe("every route of the HTTP API", () => {
  it("is listed with the right that it needs: what changes something needs more than looking", () => {
    expect(ROUTES.length).toBeGreaterThan(35);
    const lenient = CHANGING.filter(({ role, path }) => role === "view" && !CHECKING.has(path));
    expect(lenient.map(({ path }) => path)).toEqual([]);
    expect(ROUTES.filter(({ role }) => role === "reveal").map(({ path }) => path)).toEqual(
      ROUTES.filter(({ path }) => path.endsWith("/reveal")).map(({ path }) => path),
    );
  });

  it.each(named(ROUTES))("needs a session: %s", async (_, route) => {
    const headers = route.method === "GET" ? {} : PAGE;
    const response = await ask(route, route.method, headers, route.method === "GET" ? undefined : "{}");
    expect(response.status).toBe(401);
    expect(await codeOf(response)).toBe("sign_in");
  });

  it.each(named(ROUTES))("refuses a wrong token: %s", async (_, route) => {
    const response = await ask(route, route.method, bearer("wrong-wrong-wrong-wrong-wrong"));
    expect(response.status).toBe(401);
    expect(await codeOf(response)).toBe("wrong_token");
  });

  it.each(named(ROUTES.filter(({ role }) => role !== "view")))(
    "is refused to who may only look: %s",
    async (_, route) => {
      const headers = { ...bearer(TOKENS.viewer), "content-type": "application/json" };
      const response = await ask(route, route.method, headers, route.method === "GET" ? undefined : "{}");
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe("role_refused");
    },
  );

  it.each(named(ROUTES.filter(({ role }) => role === "reveal")))(
    "is refused to an operator who may not reveal: %s",
    async (_, route) => {
      const headers = { ...bearer(TOKENS.operator), "content-type": "application/json" };
      const response = await ask(route, route.method, headers, '{"reason":"because"}');
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe("role_refused");
    },
  );

  it.each(named(LOOKING))("answers who may use it: %s", async (_, route) => {
    const response = await ask(route, "GET", { cookie });
    expect([200, 400, 404, 422, 503]).toContain(response.status);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("cache-control")).toContain("no-store");
  });

  it.each(named(ROUTES))("is refused under a foreign name: %s", async (_, route) => {
    const headers = { ...PAGE, cookie, host: "evil.example", origin: "http://evil.example" };
    const response = await ask(route, route.method, headers, route.method === "GET" ? undefined : "{}");
    expect(response.status).toBe(403);
    expect(await codeOf(response)).toBe("bad_host");
  });

  it.each(named(ROUTES))("is refused to a page of another site: %s", async (_, route) => {
    const foreign = [
      { origin: "http://evil.example" },
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      const sent = { ...PAGE, cookie, ...headers };
      const response = await ask(route, route.method, sent, route.method === "GET" ? undefined : "{}");
      expect(response.status).toBe(403);
      expect(await codeOf(response)).toBe("foreign_origin");
    }
  });

  it.each(named(CHANGING))("is refused to a form: %s", async (_, route) => {
    const { "taskwire-console": _header, ...form } = PAGE;
    const types = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"];
    for (const type of types) {
      const sent = { ...form, cookie, "content-type": type };
      expect((await ask(route, route.method, sent, '{"reason":"x","a":"="}')).status).toBe(403);
      const named = { ...PAGE, cookie, "content-type": type };
      expect((await ask(route, route.method, named, '{"reason":"x","a":"="}')).status).toBe(415);
    }
  });

  it.each(named(CHANGING))("changes nothing by GET: %s", async (_, route) => {
    const other = LOOKING.some(({ path }) => path === route.path);
    const response = await ask(route, "GET", { cookie });
    // One path may be looked at and changed; a name such as "check" may be the id of another route.
    if (!other) expect([400, 404, 405, 503]).toContain(response.status);
  });

  it.each(named(CHANGING))("answers any JSON without a fault of its own: %s", async (_, route) => {
    const before = served.local.said.length;
    await fc.assert(
      fc.asyncProperty(bodyOf(), async (body) => {
        const response = await ask(route, route.method, { ...PAGE, cookie }, body);
        expect(response.status, body).not.toBe(500);
        expect(response.status, body).not.toBe(401);
        if (response.status >= 400)
          expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/) });
      }),
      { numRuns: 25 },
    );
    const faults = served.local.said.slice(before).filter(({ level }) => level === "error");
    expect(faults).toEqual([]);
  });

  it.each(named(LOOKING.filter(({ path }) => path !== "events")))(
    "answers any query without a fault of its own: %s",
    async (_, route) => {
      await fc.assert(
        fc.asyncProperty(queryOf(), async (query) => {
          const response = await ask({ path: `${route.path}?${query}` }, "GET", { cookie });
          expect(response.status, query).not.toBe(500);
          expect(response.status, query).not.toBe(401);
        }),
        { numRuns: 25 },
      );
    },
  );
});

const NAMES = [
  "q",
  "ids",
  "reason",
  "plan",
  "dryRun",
  "places",
  "place",
  "kind",
  "subject",
  "task",
  "args",
  "until",
  "id",
  "parameters",
  "broker",
  "rate",
  "chain",
  "ahead",
  "limit",
  "cursor",
  "state",
  "names",
  "from",
  "step",
  "countdown",
  "expires",
  "__proto__",
  "constructor",
  "undo",
];
const STRANGE = [
  "",
  "\u0000",
  "\ud800",
  "\u202e",
  "<img onerror=1>",
  "state:nothing",
  "state:pending",
  "task:*",
  "id:",
  "age>",
  "args.x=1",
  "work-dlq/0/0",
  "a/b/c",
  "9".repeat(400),
  "2026-01-01T00:00:00Z",
  "{}",
  "[",
  "p_x",
  "default",
  "things.quick",
];

const strange = () => fc.oneof(fc.constantFrom(...STRANGE), fc.string(), fc.string({ unit: "binary" }));

/** Objects with the parameters of verbs and strange values, other JSON, and no JSON. */
function bodyOf(): fc.Arbitrary<string> {
  const value = fc.oneof(strange(), fc.jsonValue(), fc.array(strange(), { maxLength: 3 }), fc.boolean(), fc.double());
  const known = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 });
  return fc.oneof(
    { weight: 6, arbitrary: known.map((each) => JSON.stringify(each)) },
    { weight: 2, arbitrary: fc.jsonValue().map((each) => JSON.stringify(each)) },
    { weight: 1, arbitrary: fc.string() },
    { weight: 1, arbitrary: fc.constant(`${"[".repeat(10_000)}${"]".repeat(10_000)}`) },
  );
}

function queryOf(): fc.Arbitrary<string> {
  const pair = fc.tuple(fc.constantFrom(...NAMES), strange());
  return fc.array(pair, { maxLength: 4 }).map((pairs) => new URLSearchParams(pairs).toString());
}
