import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { DemoError } from "./errors.js";

/** One of this many requests is refused. */
const REFUSED_EVERY = 5;
/** Bytes; a delivery is far smaller. */
const LARGEST_BODY = 64 * 1024;

/**
 * The server at the other end of the webhooks, on a free port of the loopback. It refuses every fifth request with 503, unless
 * it refused that organization before: so no delivery is refused twice.
 */
export class Receiver implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;
  readonly #delivered = new Map<number, number>();
  readonly #refused = new Set<number>();
  #requests = 0;

  static async start(): Promise<Receiver> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new DemoError("the webhook receiver has no port");
    return new Receiver(server, `http://127.0.0.1:${address.port}/webhooks`);
  }

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
    server.on("request", (request, response) => {
      this.#answer(request).then(
        (status) => response.writeHead(status).end(),
        (error: unknown) => response.destroy(error instanceof Error ? error : undefined),
      );
    });
  }

  /** Group id by organization, of the accepted deliveries. */
  get delivered(): ReadonlyMap<number, number> {
    return this.#delivered;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Organizations whose delivery was refused; each is refused once at most. */
  get refusals(): number {
    return this.#refused.size;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: IncomingMessage): Promise<number> {
    const delivery = deliveryIn(await textOf(request));
    if (request.method !== "POST" || delivery === undefined) return 400;
    this.#requests += 1;
    const { organization, group } = delivery;
    if (this.#requests % REFUSED_EVERY === 0 && !this.#refused.has(organization)) {
      this.#refused.add(organization);
      return 503;
    }
    this.#delivered.set(organization, group);
    return 204;
  }
}

/** Undefined when it is longer than a delivery can be. */
async function textOf(request: IncomingMessage): Promise<string | undefined> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > LARGEST_BODY) return undefined;
  }
  return text;
}

function deliveryIn(text: string | undefined): { organization: number; group: number } | undefined {
  if (text === undefined) return undefined;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined; // answered with 400
  }
  if (typeof body !== "object" || body === null || !("organization_id" in body) || !("group_id" in body))
    return undefined;
  const { organization_id: organization, group_id: group } = body;
  return typeof organization === "number" && typeof group === "number" ? { organization, group } : undefined;
}
