import { createServer, type RequestListener } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import { codeOf, messageOf, TaskwireError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Mount, Peer } from "./mount.js";

interface Answer {
  readonly status: number;
  /** Content type. */
  readonly type: string;
  readonly body: string;
}

/** Answers GET and HEAD under one path. */
export type Route = () => Answer | Promise<Answer>;

export interface HttpServer {
  /** HOST:PORT with the real port. */
  readonly address: string;
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 128;
const MAX_HEADER_BYTES = 8192;
/** A connection is closed when it takes longer than this to send its headers or to take its answer, or is idle for longer. */
const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
const IDLE_MS = 5000;
/** The mount's answers may take this long, and its streams may pause this long. */
const MOUNTED_MS = 30_000;

/**
 * Serves the routes on HOST:PORT, and what `mount` handles; port 0 takes a free one. Anything but GET and HEAD of the routes
 * is answered 405, an unknown path 404. Rejects with TaskwireError `port_in_use` or `cannot_listen`.
 */
export async function serveHttp(
  address: string,
  routes: ReadonlyMap<string, Route>,
  logger: Logger,
  mount?: Mount,
): Promise<HttpServer> {
  const listener = await listenerOf(routes, logger, mount);
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_MS,
      requestTimeout: REQUEST_MS,
      keepAliveTimeout: IDLE_MS,
      connectionsCheckingInterval: 1000,
    },
    listener,
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(REQUEST_MS);
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(address, error)));
    server.listen(Number(address.slice(colon + 1)), host.replace(/^\[(.*)\]$/, "$1"), resolve);
  });
  server.on("error", (error) => logger.warn("the HTTP port failed", { address, error: messageOf(error) }));
  const bound = server.address();
  return {
    address: `${host}:${typeof bound === "object" && bound !== null ? bound.port : 0}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // Streams that have just ended are sent to their end.
        setImmediate(() => server.closeAllConnections());
      }),
  };
}

/** The routes as a listener. Loaded with the port: producers and most commands do without a router. */
async function listenerOf(
  routes: ReadonlyMap<string, Route>,
  logger: Logger,
  mount: Mount | undefined,
): Promise<RequestListener> {
  const [{ Hono }, { getRequestListener }] = await Promise.all([import("hono"), import("@hono/node-server")]);
  // Paths are compared as they were sent, neither decoded nor normalized.
  const app = new Hono<{ Bindings: HttpBindings }>({
    getPath: (_request, options) => pathOf(options?.env?.incoming.url),
  });
  if (mount !== undefined) {
    app.use(async ({ req, env }, next) => {
      if (!mount.handles(req.path)) return next();
      return mount.handle(req.raw, peerOf(env));
    });
  }
  app.use(async ({ req }, next) => {
    if (req.method === "GET" || req.method === "HEAD") return next();
    const refusal = problem(405, "method_not_allowed", "only GET and HEAD are supported");
    return responseTo(refusal, { allow: "GET, HEAD", connection: "close" });
  });
  for (const [path, route] of routes) app.get(path, async () => responseTo(await route()));
  const known = [...routes.keys()].join(", ");
  app.notFound(() => responseTo(problem(404, "not_found", `unknown path; known paths: ${known}`)));
  app.onError((error, { req }) => {
    logger.error("cannot answer an HTTP request", { path: req.path, error: messageOf(error) });
    return responseTo(problem(500, "internal", "internal error; see the log of the process"));
  });
  // A probe in HTTP/1.0 names no host.
  const listener = getRequestListener(app.fetch, { hostname: "localhost", overrideGlobalObjects: false });
  return (request, response) => void listener(request, response);
}

function peerOf({ incoming: { socket }, outgoing }: HttpBindings): Peer {
  socket.setTimeout(MOUNTED_MS);
  const over = new AbortController();
  outgoing.once("close", () => over.abort());
  const address = (socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return { address, port: socket.localPort ?? 0, over: over.signal };
}

function pathOf(url = ""): string {
  return url.split("?", 1)[0] ?? "";
}

function responseTo({ status, type, body }: Answer, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body, {
    status,
    headers: {
      "content-type": type,
      "content-length": String(Buffer.byteLength(body)),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}

export function json(status: number, value: unknown): Answer {
  return { status, type: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}

function problem(status: number, code: string, message: string): Answer {
  return json(status, { error: { code, message } });
}

function listenError(address: string, error: Error): TaskwireError {
  if (codeOf(error) === "EADDRINUSE") {
    return new TaskwireError(
      "port_in_use",
      `cannot listen on ${address} for HTTP: the port is in use; stop the other process or pass another --http HOST:PORT`,
      { cause: error },
    );
  }
  return new TaskwireError(
    "cannot_listen",
    `cannot listen on ${address} for HTTP: ${error.message}; expected --http HOST:PORT`,
    { cause: error },
  );
}
