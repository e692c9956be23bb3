import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { emptyNight, fullNight, type Night, partialNight, unreachableNight } from "./answers.js";
import { type Answer, answer, problem } from "./api.js";
import { HEADERS, PageFiles } from "./page-files.js";
import { EventStream } from "./stream.js";

/** 28 November 2026, 01:41:07 UTC: a Saturday night. */
export const NIGHT = Date.UTC(2026, 10, 28, 1, 41, 7);

/** `loading`: no call is answered. `failing`: each is answered with 500. `unreachable`: no broker answers; `partial`: one does not. */
export const STATES = ["full", "empty", "loading", "failing", "unreachable", "partial"] as const;

export type BedState = (typeof STATES)[number];

const NIGHTS: Readonly<Record<BedState, (now: number) => Night>> = {
  full: fullNight,
  loading: fullNight,
  failing: fullNight,
  empty: emptyNight,
  unreachable: unreachableNight,
  partial: partialNight,
};

interface BedOptions {
  readonly port?: number;
  /** What the brokers' clocks show. */
  readonly now?: () => number;
  /** Events every second, as of a system at work. */
  readonly moving?: boolean;
}

/** The console under one prefix, with what its brokers say. */
export interface Stand {
  readonly address: string;
  readonly prefix: string;
  state: BedState;
  night: Night;
  /** Whether the browser is signed in. */
  signedIn: boolean;
  /** `cut`: a proxy ends streams at once; `held`: it passes nothing on. */
  streams: "open" | "cut";
  /** Whether anything answers at all; a killed server's sockets are destroyed. */
  dead: boolean;
  readonly stream: EventStream;
  /** METHOD path?query of each call of the API, in their order. */
  readonly calls: string[];
  /** Answers instead of the night's; undefined: the night answers. */
  intercept:
    | ((method: string, path: string, query: URLSearchParams, body: string) => Answer | string | undefined)
    | undefined;
}

/** The built console, with fixed data behind it: /STATE/ for each state, and any prefix that a test asks for. */
export class Bed {
  readonly #server: Server;
  readonly #stands = new Map<string, Stand>();
  readonly #files = new PageFiles();
  readonly #options: BedOptions;

  private constructor(server: Server, options: BedOptions) {
    this.#server = server;
    this.#options = options;
  }

  static async start(options: BedOptions = {}): Promise<Bed> {
    const server = createServer();
    const bed = new Bed(server, options);
    server.on("request", (request, response) => {
      bed.#serve(request, response).catch((error: unknown) => {
        // A test reads why in its browser: the answer has it.
        response.writeHead(500, HEADERS).end(String(error));
      });
    });
    await new Promise<void>((listening) => server.listen(options.port ?? 0, "127.0.0.1", listening));
    return bed;
  }

  now(): number {
    return this.#options.now?.() ?? NIGHT;
  }

  /** The console at this prefix, "/" or "/name/"; a second call replaces it. */
  stand(prefix: string, state: BedState): Stand {
    this.#stands.get(prefix)?.stream.close();
    const { port } = this.#server.address() as AddressInfo;
    const stand: Stand = {
      address: `http://127.0.0.1:${port}${prefix}`,
      prefix,
      state,
      night: NIGHTS[state](this.now()),
      signedIn: true,
      streams: "open",
      dead: false,
      stream: new EventStream(
        () => stand.night,
        () => this.now(),
        this.#options.moving ?? false,
      ),
      calls: [],
      intercept: undefined,
    };
    this.#stands.set(prefix, stand);
    return stand;
  }

  async stop(): Promise<void> {
    for (const { stream } of this.#stands.values()) stream.close();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://bed");
    const prefixes = [...this.#stands.keys()].sort((a, b) => b.length - a.length);
    const stand = this.#stands.get(prefixes.find((prefix) => url.pathname.startsWith(prefix)) ?? "");
    if (stand === undefined) {
      response.writeHead(404, HEADERS).end(`no console here; there is one at ${prefixes.join(" ")}\n`);
      return;
    }
    if (stand.dead) {
      request.socket.destroy();
      return;
    }
    const path = url.pathname.slice(stand.prefix.length);
    if (path.startsWith("api/v1/")) await this.#call(stand, path.slice("api/v1/".length), url, request, response);
    else await this.#files.serve(stand.prefix, url.pathname, request, response);
  }

  async #call(stand: Stand, path: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET" } = request;
    stand.calls.push(`${method} ${path}${url.search}`);
    const body = await textOf(request);
    const send = (status: number, text: string) =>
      response
        .writeHead(status, {
          ...HEADERS,
          "content-type": "application/json; charset=utf-8",
          "cache-control": "no-store",
        })
        .end(text);
    const intercepted = stand.intercept?.(method, path, url.searchParams, body);
    if (typeof intercepted === "string") return void send(200, intercepted);
    if (intercepted !== undefined) return void send(intercepted.status, JSON.stringify(intercepted.body));
    const isSession = path === "session";
    if (isSession && method === "POST") stand.signedIn = true;
    if (isSession && method === "DELETE") stand.signedIn = false;
    if (!stand.signedIn && method !== "DELETE") {
      const { status, body: document } = problem(401, "not_signed_in", "no session; sign in with a token");
      return void send(status, JSON.stringify(document));
    }
    if (stand.state === "loading" && !isSession) return;
    if (stand.state === "failing" && !isSession) {
      const { status, body: document } = problem(
        500,
        "internal",
        "the server met an error of its own; its log says more",
      );
      return void send(status, JSON.stringify(document));
    }
    if (path === "events") {
      if (stand.streams === "cut") request.socket.destroy();
      else stand.stream.open(response);
      return;
    }
    const parts = path.split("/").map(decodeURIComponent);
    const parsed: unknown = body === "" ? {} : JSON.parse(body);
    const sent = typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
    const result = answer(stand.night, this.now(), { method, path: parts, query: url.searchParams, body: sent });
    send(result.status, JSON.stringify(result.body));
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}
