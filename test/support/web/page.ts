import type { Clock } from "#runtime/base/clock.js";
import { TaskwireError } from "#runtime/base/errors.js";
import { type Logger, silentLogger } from "#runtime/base/logger.js";
import { Front } from "#runtime/front/front.js";
import type { BrokerPort } from "#runtime/front/port.js";
import type { LiveEvents } from "#runtime/operations/documents/front.js";
import type { SeriesDocument } from "#runtime/operations/documents/series.js";
import type { Status } from "#runtime/operations/status/document.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import type { Call, WebContext } from "#runtime/web/context.js";
import { Live } from "#runtime/web/live/live.js";
import { statusWith } from "../status.js";
import { eventsIn, type Received } from "./events.js";

/** A broker whose answers a test decides, and whose calls it counts. */
export class FakeBroker implements BrokerPort {
  readonly address: string;
  document: Status;
  series: SeriesDocument = { step: 5, at: [], broker: {}, tasks: [] };
  jobs: object = { jobs: [] };
  /** It does not answer. */
  silent = false;
  /** Its answers wait for this. */
  slow: Promise<void> | undefined;
  /** Verbs that its version does not have. */
  readonly lacks = new Set<VerbName>();
  readonly calls: string[] = [];

  constructor(address: string, changes: Partial<Status> = {}) {
    this.address = address;
    this.document = statusWith(changes);
  }

  count(name: string): number {
    return this.calls.filter((call) => call === name).length;
  }

  async ask<T>(verb: VerbName, request: object) {
    this.calls.push(verb);
    await this.#answering();
    if (this.lacks.has(verb))
      throw new TaskwireError("broker_too_old", `${this.address} cannot do this: ${verb}; update it`);
    const { from = "" } = Object(request);
    const after = this.series.at.findIndex((at) => at >= from);
    const series = after < 0 ? { ...this.series, at: [], broker: {} } : cut(this.series, after);
    const document: T = JSON.parse(JSON.stringify(verb === "Series" ? series : this.jobs));
    return { document, activation: new Uint8Array() };
  }

  async status(): Promise<string> {
    this.calls.push("Status");
    await this.#answering();
    return JSON.stringify(this.document);
  }

  as(): BrokerPort {
    return this;
  }

  close(): void {}

  async #answering(): Promise<void> {
    await this.slow;
    if (this.silent) throw new TaskwireError("broker_unreachable", `no answer from ${this.address}; is it running?`);
  }
}

function cut(series: SeriesDocument, from: number): SeriesDocument {
  const broker = Object.entries(series.broker).map(([name, values]) => [name, values.slice(from)] as const);
  return { ...series, at: series.at.slice(from), broker: Object.fromEntries(broker) };
}

export function liveOf(brokers: readonly BrokerPort[], clock: Clock, logger: Logger = silentLogger): Live {
  return new Live({ ...contextOf(brokers), logger }, clock);
}

export function contextOf(brokers: readonly BrokerPort[]): WebContext {
  return {
    options: {
      prefix: "/",
      environment: "local",
      production: false,
      dataFolder: undefined,
      refresh: 1000,
      traceUrl: null,
    },
    front: new Front(brokers),
    models: () => [],
    sends: () => ({ possible: false, why: "there is no model" }),
    logger: silentLogger,
  };
}

/** A page that listens. It reads only when a test asks for events. */
export class Page {
  readonly response: Response;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  readonly #leave: AbortController;
  #waiting: Received[] = [];
  /** Comments and events of late, as they came. */
  text = "";
  /** How many events came. */
  events = 0;
  id: string | undefined;

  private constructor(response: Response, leave: AbortController) {
    this.response = response;
    this.#leave = leave;
    this.#reader = response.status === 200 ? response.body?.getReader() : undefined;
  }

  static async open(live: Live, query = "", headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    const leave = new AbortController();
    const context = contextOf([]);
    const call: Call = {
      context,
      session: { id: "1", name: "ann", role: "view", reveal: false, onEnd: () => () => {} },
      front: context.front,
      path: {},
      query: new URLSearchParams(query),
      body: {},
      headers: new Headers(headers),
      signal: leave.signal,
    };
    const response = await live.route.answer(call);
    if (!(response instanceof Response)) throw new Error("the route answers no stream");
    return new Page(response, leave);
  }

  /** The next event of this name; those before it are passed over. Rejects when the stream ends before. */
  async next<Name extends keyof LiveEvents>(name: Name): Promise<LiveEvents[Name]> {
    for (;;) {
      const event = await this.#event();
      if (event === undefined) throw new Error(`the stream ended before ${name}`);
      if (event.event === name) return JSON.parse(JSON.stringify(event.data));
    }
  }

  /** All events up to one of this name. */
  async until(name: keyof LiveEvents): Promise<Received[]> {
    const events: Received[] = [];
    for (;;) {
      const event = await this.#event();
      if (event === undefined) throw new Error(`the stream ended before ${name}`);
      events.push(event);
      if (event.event === name) return events;
    }
  }

  /** Resolves when the stream has ended as a complete one. */
  async ended(): Promise<void> {
    while ((await this.#event()) !== undefined);
  }

  /** As a browser does whose tab is closed. */
  async close(): Promise<void> {
    await this.#reader?.cancel();
  }

  /** As when the token is taken away. */
  signOut(): void {
    this.#leave.abort();
  }

  async #event(): Promise<Received | undefined> {
    while (this.#waiting.length === 0) {
      const read = await this.#reader?.read();
      if (read === undefined || read.done) return undefined;
      this.text = (this.text + new TextDecoder().decode(read.value)).slice(-100_000);
      this.#waiting = eventsIn(read.value);
    }
    const event = this.#waiting.shift();
    this.events += 1;
    this.id = event?.id ?? this.id;
    return event;
  }
}
