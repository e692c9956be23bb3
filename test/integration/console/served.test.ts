import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearer, entries, TOKENS } from "../../support/web/console.js";
import { OpenStream } from "../../support/web/open-stream.js";
import { ServedConsole } from "../../support/web/served-console.js";

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

const TYPES: Readonly<Record<string, RegExp>> = {
  js: /^text\/javascript; charset=utf-8$/,
  css: /^text\/css; charset=utf-8$/,
  svg: /^image\/svg\+xml$/,
};

const root = new ServedConsole();
const ops = new ServedConsole();
beforeAll(async () => {
  await root.start();
  await ops.start("/ops/");
});
afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await ops[Symbol.asyncDispose]();
});

/** The addresses of scripts and styles in the page, relative to its base. */
async function assetsOf(served: ServedConsole, page: string): Promise<readonly string[]> {
  const html = (await served.ask(page)).body.toString();
  return [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path = ""]) => path);
}

describe("the pages of the console", () => {
  it.each(["/", "/activations?q=state%3Apending", "/dead-letters/work-dlq/0/7", "/%00", "/<script>", "/api/v2/x"])(
    "are one document at every path: %s",
    async (path) => {
      const { status, headers, body } = await root.ask(encodeURI(path).replaceAll("%25", "%"));
      if (path.startsWith("/api/")) {
        expect(status).toBe(404);
        return;
      }
      expect(status).toBe(200);
      expect(headers).toMatchObject({
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
      });
      expect(headers["access-control-allow-origin"]).toBeUndefined();
      expect(body.toString()).toContain('<base href="/" />');
    },
  );

  it("are served below any path, with all their addresses", async () => {
    expect(await ops.ask("/ops")).toMatchObject({ status: 307, headers: { location: "/ops/" } });
    const page = (await ops.ask("/ops/tasks/things.quick")).body.toString();
    expect(page).toContain('<base href="/ops/" />');
    expect(page.match(/<base /g)).toHaveLength(1);
    const assets = await assetsOf(ops, "/ops/");
    expect(assets.length).toBeGreaterThan(1);
    for (const asset of assets) expect((await ops.ask(`/ops/${asset}`)).status).toBe(200);
    expect((await ops.ask("/")).status).toBe(404);
    expect((await ops.ask("/opsx/")).status).toBe(404);
  });

  it("have files that browsers keep for a year, as their names change with their content", async () => {
    for (const asset of await assetsOf(root, "/")) {
      const { headers } = await root.ask(`/${asset}`);
      expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
      expect(headers["content-type"]).toMatch(TYPES[asset.split(".").at(-1) ?? ""] ?? /unknown/);
      expect(headers["content-security-policy"]).toBe(CSP);
    }
  });

  it("need at most 60 KB of scripts and 10 KB of styles to begin, gzipped", async () => {
    const weights = { js: 0, css: 0 };
    const seen = new Set<string>();
    const waiting = (await assetsOf(root, "/")).map((path) => `/${path}`);
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const kind = path.split(".").at(-1);
      if (seen.has(path) || (kind !== "js" && kind !== "css")) continue;
      seen.add(path);
      const { body } = await root.ask(path, { "accept-encoding": "gzip" });
      weights[kind] += body.length;
      // What a module names without import() is loaded with it.
      const named = gunzipSync(body)
        .toString()
        .matchAll(/(?:\bfrom|\bimport)\s*"\.\/([\w.-]+\.js)"/g);
      for (const [, name = ""] of named) waiting.push(`/assets/${name}`);
    }
    expect(seen.size).toBeGreaterThan(2);
    expect(weights.js).toBeLessThan(60_000);
    expect(weights.css).toBeLessThan(10_000);
  });

  it("are compressed as the browser takes them", async () => {
    const asset = (await assetsOf(root, "/")).find((each) => each.endsWith(".js")) ?? "";
    const plain = await root.ask(`/${asset}`);
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const brotli = await root.ask(`/${asset}`, { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(brotli.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(brotli.body).equals(plain.body)).toBe(true);
    const gzip = await root.ask(`/${asset}`, { "accept-encoding": "gzip, br;q=0" });
    expect(gzip.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true);
    expect(gzip.body.length).toBeLessThan(plain.body.length);
    const head = await root.ask(`/${asset}`, { "accept-encoding": "gzip" }, "HEAD");
    expect(head).toMatchObject({ status: 200, headers: { "content-length": String(gzip.body.length) } });
    expect(head.body).toHaveLength(0);
  });

  it.each([
    "/assets/nothing.js",
    "/assets/",
    "/assets/../../web/console.js",
    "/assets/%2e%2e/%2e%2e/web/console.js",
    "/assets/..%2f..%2fweb%2fconsole.js",
    "//etc/passwd",
    "/..//..//..//etc/passwd",
    "/assets/__proto__",
  ])("show no file beyond those that were built: %s", async (path) => {
    const { status, body } = await root.ask(path);
    expect([200, 404]).toContain(status);
    expect(body.toString()).not.toMatch(/consoleMount|root:/);
    if (status === 200) expect(body.toString()).toContain("<!doctype html>");
  });

  it("are only read", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
      expect(await root.ask("/activations", {}, method)).toMatchObject({
        status: 405,
        headers: { allow: "GET, HEAD" },
      });
  });
});

describe("the port that serves the console", () => {
  it("answers probes and scrapes without a token, whatever their host", async () => {
    for (const path of ["/healthz", "/readyz", "/metrics"])
      expect((await root.ask(path, { host: "10.0.0.7.probe.example" })).status).toBe(200);
  });

  it("gives the status document only for a token", async () => {
    expect((await root.ask("/api/status")).status).toBe(401);
    expect((await ops.ask("/api/status")).status).toBe(401);
    const { status, body } = await ops.ask("/api/status", bearer(TOKENS.viewer));
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject({ pool: "default", environment: "test" });
  });

  it.each(["/", "/api/status", "/api/v1/session", "/assets/index.js"])(
    "refuses %s under a name that is made to point here",
    async (path) => {
      const { status, body } = await root.ask(path, { host: "evil.example", ...bearer(TOKENS.owner) });
      expect(status).toBe(403);
      expect(JSON.parse(body.toString())).toMatchObject({ code: "bad_host" });
    },
  );

  it("reads at most 1 MiB of a body", async () => {
    const body = "x".repeat(1024 * 1024 + 1);
    const headers = { "taskwire-console": "1", "content-type": "application/json" };
    const named = { ...headers, "content-length": String(body.length) };
    expect((await root.ask("/api/v1/session", named, "POST", body)).status).toBe(413);
    const chunked = { ...headers, "transfer-encoding": "chunked" };
    expect((await root.ask("/api/v1/session", chunked, "POST", body)).status).toBe(413);
    expect((await root.ask("/healthz")).status).toBe(200);
  });

  it("lets a person sign in, change something under their name, and sign out", async () => {
    const page = { "taskwire-console": "1", "content-type": "application/json", origin: `http://${root.address}` };
    const signedIn = await root.ask("/api/v1/session", page, "POST", JSON.stringify({ token: TOKENS.operator }));
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers["set-cookie"]?.[0]?.split(";", 1)[0] ?? "";
    const pause = JSON.stringify({ kind: "task", subject: "things.quick", reason: "deploy" });
    expect((await root.ask("/api/v1/pause", { ...page, cookie }, "POST", pause)).status).toBe(200);
    const audit = await root.ask("/api/v1/audit", { cookie });
    expect(JSON.parse(audit.body.toString()).rows.map((row: object) => row)).toContainEqual(
      expect.objectContaining({ verb: "Pause", actor: "olga", address: "127.0.0.1", reason: "deploy" }),
    );
    const signOut = { ...page, cookie, "content-length": "0" };
    expect((await root.ask("/api/v1/session", signOut, "DELETE")).status).toBe(200);
    expect((await root.ask("/api/v1/session", { cookie })).status).toBe(401);
  });

  it("ends the stream of who loses the token, and no other", async () => {
    const opened = [TOKENS.viewer, TOKENS.owner].map(
      (token) => new OpenStream(ops.address, "/ops/api/v1/events", token),
    );
    await Promise.all(opened.map((stream) => stream.said("event: status")));
    ops.tokens.replace(entries.filter(({ token }) => token !== TOKENS.viewer));
    await opened[0]?.ended;
    await opened[1]?.said("event: status", 2);
    opened[1]?.close();
    ops.tokens.replace(entries);
  });

  it("has no token and no parameter in the log", async () => {
    await root.ask("/api/v1/session", bearer("wrong-wrong-wrong-wrong-wrong"));
    const said = JSON.stringify(root.local.said);
    expect(said).toContain("a wrong token for the console");
    for (const token of [...Object.values(TOKENS), "wrong-wrong"]) expect(said).not.toContain(token);
  });
});
