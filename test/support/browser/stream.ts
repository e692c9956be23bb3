import type { ServerResponse } from "node:http";
import type { LiveEvents } from "#runtime/operations/documents/front.js";
import { poolsOf } from "#runtime/operations/status/pools.js";
import type { Night } from "./answers.js";
import { HEADERS } from "./page-files.js";

const SECOND = 1000;

type Name = keyof LiveEvents;

/** The stream of events of one console. A test sends what it is about with `send`. */
export class EventStream {
  readonly #listeners = new Set<ServerResponse>();
  readonly #night: () => Night;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;
  readonly #moving: boolean;
  #id = 0;
  #waiting: (() => void)[] = [];
  #ended = 125_646_017;

  constructor(night: () => Night, now: () => number, moving: boolean) {
    this.#night = night;
    this.#now = now;
    this.#moving = moving;
    this.#timer = setInterval(() => this.#tick(), SECOND);
    this.#timer.unref();
  }

  /** Waits until this many further seconds were ticked. */
  async ticks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick++) await new Promise<void>((ticked) => this.#waiting.push(ticked));
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  open(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write(": the first event has everything\n\n");
    this.#listeners.add(response);
    response.on("close", () => this.#listeners.delete(response));
    const night = this.#night();
    const at = new Date(this.#now()).toISOString();
    for (const { broker, status } of night.statuses.brokers)
      write(response, this.#text("status", { broker, at, part: status }));
    write(response, this.#text("missing", { partial: night.statuses.partial }));
    write(response, this.#text("pools", { pools: poolsOf(night.statuses.brokers) }));
    write(response, this.#text("problems", night.problems));
    write(response, this.#text("jobs", night.jobs));
    write(response, this.#text("news", { ended: this.#ended, failed: 61_204, letters: night.letters.counts.open }));
  }

  /** To everybody who listens. */
  send<Event extends Name>(name: Event, data: LiveEvents[Event]): void {
    const text = this.#text(name, data);
    for (const response of this.#listeners) write(response, text);
  }

  /** Ends every connection, as a proxy does. */
  cut(): void {
    for (const response of this.#listeners) response.destroy();
    this.#listeners.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.cut();
  }

  #text<Event extends Name>(name: Event, data: LiveEvents[Event]): string {
    this.#id += 1;
    return `id: ${this.#id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #tick(): void {
    for (const ticked of this.#waiting.splice(0)) ticked();
    if (!this.#moving) {
      for (const response of this.#listeners) response.write(": here\n\n");
      return;
    }
    const night = this.#night();
    const at = new Date(this.#now()).toISOString();
    for (const { broker, status } of night.statuses.brokers) {
      const wave = (of: number) => Math.max(0, Math.round(of * (1 + Math.sin(this.#id / 7) / 20)));
      const counts = {
        ...status.counts,
        pending: wave(status.counts.pending),
        processing: wave(status.counts.processing),
      };
      const ended = { ...status.ended, completed: status.ended.completed + this.#id * 50 };
      this.send("status", { broker, at, part: { counts, ended } });
    }
    this.#ended += 170;
    this.send("news", { ended: this.#ended, failed: 61_204, letters: night.letters.counts.open });
    if (this.#id % 5 === 0) this.send("points", lastOf(night));
  }
}

function lastOf(night: Night): LiveEvents["points"] {
  const series = night.series([]);
  return {
    ...series,
    at: series.at.slice(-1),
    broker: Object.fromEntries(Object.entries(series.broker).map(([name, values]) => [name, values.slice(-1)])),
  };
}

function write(response: ServerResponse, text: string): void {
  response.write(text);
}
