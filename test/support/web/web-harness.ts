import { systemClock } from "#runtime/base/clock.js";
import { type LogFields, silentLogger } from "#runtime/base/logger.js";
import { Front } from "#runtime/front/front.js";
import type { Model } from "#runtime/model/model.js";
import { serveProbes } from "#runtime/telemetry/http/probes.js";
import { consoleMount } from "#runtime/web/console.js";
import { Tokens } from "#runtime/web/guard/tokens.js";
import { entries, TOKENS } from "./console.js";

interface Options {
  /** HOST:PORT of the brokers. */
  readonly brokers: readonly string[];
  readonly models?: readonly Model[];
  readonly dataFolder?: string;
  readonly environment?: string;
  /** Why nothing can be sent from there. */
  readonly cannotSend?: string;
}

type Person = keyof typeof TOKENS;

interface Answered {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

/** A console over HTTP, as `taskwire console` serves it, in front of brokers. */
export class WebHarness implements AsyncDisposable {
  readonly said: { readonly message: string; readonly fields: LogFields }[] = [];
  readonly address: string;
  readonly #close: () => Promise<void>;

  private constructor(address: string, said: WebHarness["said"], close: () => Promise<void>) {
    this.address = address;
    this.said = said;
    this.#close = close;
  }

  static async start({ brokers, models = [], dataFolder, environment, cannotSend }: Options): Promise<WebHarness> {
    const front = Front.connect(brokers, { security: {}, actor: "console", patience: 2000 });
    const said: WebHarness["said"] = [];
    const logger = {
      ...silentLogger,
      info: (message: string, fields: LogFields = {}) => said.push({ message, fields }),
    };
    const mount = consoleMount({
      context: {
        options: {
          prefix: "/",
          environment: environment ?? (models.length === 0 ? null : "test"),
          production: false,
          dataFolder,
          refresh: 1000,
          traceUrl: null,
        },
        front,
        models: () => models,
        sends: () => (cannotSend === undefined ? { possible: true } : { possible: false, why: cannotSend }),
        logger,
      },
      guard: {
        tokens: new Tokens(entries),
        hosts: new Set(),
        trustProxy: false,
        userHeader: undefined,
        clock: systemClock(),
      },
      clock: systemClock(),
    });
    const probed = { readiness: () => ({ ready: true }), metrics: async () => ({ type: "text/plain", text: "" }) };
    const server = await serveProbes("127.0.0.1:0", probed, silentLogger, [], mount);
    return new WebHarness(server.address, said, async () => {
      await server.close();
      await mount.close();
      front.close();
    });
  }

  fetch(path: string, person: Person = "owner", init: RequestInit = {}): Promise<Response> {
    const headers = { authorization: `Bearer ${TOKENS[person]}`, ...init.headers };
    return fetch(`http://${this.address}/api/v1/${path}`, { ...init, headers });
  }

  async get(path: string, person?: Person): Promise<Answered> {
    return answeredOf(await this.fetch(path, person));
  }

  async post(path: string, body: unknown, person?: Person): Promise<Answered> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = { "content-type": "application/json" };
    return answeredOf(await this.fetch(path, person, { method: "POST", body: text, headers }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }
}

async function answeredOf(response: Response): Promise<Answered> {
  return { status: response.status, body: JSON.parse(await response.text()) };
}
