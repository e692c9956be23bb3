import { request } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLogger } from "#runtime/base/logger.js";
import type { Mount } from "#runtime/telemetry/http/mount.js";
import { type HttpServer, json, type Route, serveHttp } from "#runtime/telemetry/http/server.js";

let server: HttpServer;
const sockets: Socket[] = [];

beforeEach(async () => {
  const routes = new Map<string, Route>([
    ["/well", () => json(200, { well: true })],
    ["/broken", () => Promise.reject(new Error("a secret of the inside"))],
  ]);
  server = await serveHttp("127.0.0.1:0", routes, silentLogger, mount);
});

/** Answers with what it gets; under /mounted/endless with a stream. */
const mount: Mount = {
  handles: (path) => path.startsWith("/mounted/"),
  handle: async (request, peer) => {
    if (!request.url.endsWith("/endless"))
      return Response.json({ method: request.method, body: await request.text(), port: peer.port, from: peer.address });
    const ended = new Promise<void>((resolve) => peer.over.addEventListener("abort", () => resolve()));
    streams.push(ended);
    return new Response(
      new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("begun")) }),
    );
  },
};
const streams: Promise<void>[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** `sized`: the body is sent with its length, which methods without a body leave out. */
function ask(method: string, path: string, body?: string, sized = false): Promise<Got> {
  const headers = sized ? { "content-length": String(body?.length) } : {};
  return new Promise((resolve, reject) => {
    const asked = request(`http://${server.address}`, { method, path, headers }, (response) => {
      let text = "";
      response.on("data", (bytes: Buffer) => {
        text += bytes.toString();
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

/** What a raw connection is answered until it is closed. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    const [host = "", port = ""] = server.address.split(":");
    const socket = connect(Number(port), host, () => socket.write(text));
    sockets.push(socket);
    let said = "";
    socket.on("data", (bytes: Buffer) => {
      said += bytes.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(said));
  });
}

describe("what is mounted on the HTTP port", () => {
  it.each(["POST", "DELETE", "PUT"])(
    "gets %s below its paths, with the body and where it comes from",
    async (method) => {
      const got = await ask(method, "/mounted/x?y=1", "some text", true);
      expect(JSON.parse(got.body)).toEqual({
        method,
        body: "some text",
        port: Number(server.address.split(":")[1]),
        from: "127.0.0.1",
      });
    },
  );

  it("leaves all other paths to the routes", async () => {
    expect(await ask("GET", "/well")).toMatchObject({ status: 200 });
    expect(await ask("POST", "/well", "x")).toMatchObject({ status: 405 });
    expect(await ask("GET", "/mounted")).toMatchObject({ status: 404 });
  });

  it("learns when the reader of a stream is gone", async () => {
    const [host = "", port = ""] = server.address.split(":");
    const socket = connect(Number(port), host, () => socket.write("GET /mounted/endless HTTP/1.1\r\nhost: x\r\n\r\n"));
    sockets.push(socket);
    await new Promise<void>((resolve) => {
      let said = "";
      socket.on("data", (bytes: Buffer) => {
        said += bytes.toString();
        if (said.includes("begun")) resolve();
      });
    });
    socket.destroy();
    await streams.at(-1);
  });
});

describe("the HTTP port", () => {
  it("answers GET, and HEAD with the same headers", async () => {
    const got = await ask("GET", "/well?x=1");
    expect(got).toMatchObject({ status: 200, body: '{"well":true}\n' });
    expect(got.headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    const head = await ask("HEAD", "/well");
    expect(head).toMatchObject({ status: 200, body: "" });
    expect(head.headers["content-length"]).toBe(String(got.body.length));
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("answers %s with 405", async (method) => {
    const got = await ask(method, "/well", method === "POST" ? "x".repeat(1000) : undefined);
    expect(got).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    expect(JSON.parse(got.body)).toMatchObject({ error: { code: "method_not_allowed" } });
  });

  it.each(["/", "/well/", "/WELL", "/../well", "//well", "/__proto__", "/constructor", "/%77ell", "/nope"])(
    "answers 404 for %s and names the paths",
    async (path) => {
      const got = await ask("GET", path);
      expect(got.status).toBe(404);
      expect(JSON.parse(got.body)).toEqual({
        error: { code: "not_found", message: "unknown path; known paths: /well, /broken" },
      });
    },
  );

  it("answers 500 without the inside of what failed", async () => {
    const got = await ask("GET", "/broken");
    expect(got.status).toBe(500);
    expect(got.body).not.toContain("secret");
  });

  it("closes what sends no complete headers within its time, however slowly it drips", async () => {
    const silent = raw("GET /well HTTP/1.1\r\nhost: x\r\n");
    const dripping = raw("GET /well HTTP/1.1\r\n");
    const drip = setInterval(() => sockets.at(-1)?.write("a"), 500);
    const said = await Promise.all([silent, dripping]);
    clearInterval(drip);
    for (const each of said) expect(each).not.toContain("200");
    expect(await ask("GET", "/well")).toMatchObject({ status: 200 });
  });

  it("answers a probe in HTTP/1.0, which names no host", async () => {
    const got = await raw("GET /well HTTP/1.0\r\n\r\n");
    expect(got).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(got).toMatch(/\r\n\r\n\{"well":true\}\n$/);
  });

  it.each(["a b", "[::1", "x/../y", "%00", "a@b"])(
    "answers a request with the host %s without an error of its own",
    async (host) => {
      expect(await raw(`GET /well HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`)).toMatch(
        /^HTTP\/1\.1 (200|400) /,
      );
    },
  );

  it("refuses headers that are too large", async () => {
    expect(await raw(`GET /well HTTP/1.1\r\nhost: x\r\nx: ${"a".repeat(20_000)}\r\n\r\n`)).toContain("431");
  });

  it("says which port is in use and which flag takes another", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", () => resolve()));
    const at = taken.address();
    const port = typeof at === "object" && at !== null ? at.port : 0;
    await expect(serveHttp(`127.0.0.1:${port}`, new Map(), silentLogger)).rejects.toMatchObject({
      code: "port_in_use",
      message: expect.stringMatching(
        `cannot listen on 127.0.0.1:${port} for HTTP: the port is in use; .*--http HOST:PORT`,
      ),
    });
    await new Promise((resolve) => taken.close(resolve));
  });
});
