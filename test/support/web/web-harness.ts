import { type LogFields, silentLogger } from "#runtime/base/logger.js";
import { Front } from "#runtime/front/front.js";
import type { Model } from "#runtime/model/model.js";
import { serveProbes } from "#runtime/telemetry/http/probes.js";
import { consoleMount } from "#runtime/web/console.js";
import { Tokens } from "#runtime/web/guard/tokens.js";
import { SkippingClock } from "../skipping-clock.js";
import { entries, TOKENS } from "./console.js";

/** Changing calls are limited to 20 a second. */
const MS_PER_CHANGE = 50;

interface Options {
  /** HOST:PORT of the brokers. */
  readonly brokers: readonly string[];
  readonly models?: readonly Model[];
  readonly dataFolder?: string;
  readonly environment?: string;
  /** Why nothing can be sent from there. */
  readonly cannotSend?: string;
  /** The brokers' clock, when they limit changing calls, too. Each changing call takes its share of a second. */
  readonly clock?: SkippingClock;
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
  readonly #clock: SkippingClock;
  readonly #close: () => Promise<void>;

  private constructor(address: string, said: WebHarness["said"], clock: SkippingClock, close: () => Promise<void>) {
    this.address = address;
    this.said = said;
    this.#clock = clock;
    this.#close = close;
  }

  static async start({
    brokers,
    models = [],
    dataFolder,
    environment,
    cannotSend,
    clock = new SkippingClock(),
  }: Options): Promise<WebHarness> {
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
        clock,
      },
      clock,
    });
    const probed = { readiness: () => ({ ready: true }), metrics: async () => ({ type: "text/plain", text: "" }) };
    const server = await serveProbes("127.0.0.1:0", probed, silentLogger, [], mount);
    return new WebHarness(server.address, said, clock, async () => {
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
    this.#clock.skip(MS_PER_CHANGE);
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
