import { batch, effect } from "@preact/signals";
import type { LiveEvents } from "../../../runtime/operations/documents/front.js";
import { addressOf, api } from "./api.ts";
import { readJson } from "./json.ts";
import { type LiveBroker, live } from "./live.ts";
import { withPoints } from "./points.ts";
import { session } from "./session.ts";
import { settings } from "./settings.ts";

/** A stream without any event for this long is dead, milliseconds: the status changes every second. */
const SILENCE = 20_000;
/** Waits before a stream is opened again, milliseconds. */
const WAITS = [500, 1000, 2000, 3000];
/** After this many streams in a row that were cut within CUT milliseconds, the page polls. */
const PATIENCE = 3;
const CUT = 10_000;
const POLL = 5000;
/** How long the page polls before it tries a stream again. */
const AGAIN = 60_000;

type Name = keyof LiveEvents;
const NAMES: readonly Name[] = ["status", "missing", "problems", "jobs", "points", "news"];

/**
 * Feeds `live` while somebody is signed in and the tab is visible. It never ends: it lasts as long as the page.
 */
export function startLive(): void {
  const source = new LiveSource();
  const follow = () => {
    const wanted = session.value.kind === "in" && document.visibilityState === "visible" && settings.value.refresh > 0;
    if (wanted) source.start();
    else source.stop();
  };
  effect(follow);
  document.addEventListener("visibilitychange", follow);
}

class LiveSource {
  #stream: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #openedAt = 0;
  #cuts = 0;
  #failures = 0;
  #pollUntil = 0;
  /** Changes with each start and stop: an answer for an earlier one is left out. */
  #round = 0;
  #runs = false;

  start(): void {
    if (this.#runs) return;
    this.#runs = true;
    this.#round += 1;
    this.#failures = 0;
    this.#open();
  }

  stop(): void {
    this.#runs = false;
    this.#round += 1;
    this.#close();
    clearTimeout(this.#timer);
  }

  #open(): void {
    if (Date.now() < this.#pollUntil) {
      void this.#poll();
      return;
    }
    this.#openedAt = Date.now();
    const stream = new EventSource(addressOf("events"));
    this.#stream = stream;
    for (const name of NAMES) {
      stream.addEventListener(name, (event) => {
        if (this.#stream === stream) this.#take(name, event.data);
      });
    }
    stream.addEventListener("error", () => {
      if (this.#stream === stream) this.#cut();
    });
    this.#watch();
  }

  #take(name: Name, data: string): void {
    this.#failures = 0;
    if (Date.now() - this.#openedAt > CUT) this.#cuts = 0;
    this.#watch();
    batch(() => {
      live.at.value = Date.now();
      live.connection.value = { kind: "streaming" };
      applyEvent(name, readJson(data));
    });
  }

  #watch(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#cut(), SILENCE);
  }

  #close(): void {
    clearTimeout(this.#silence);
    this.#stream?.close();
    this.#stream = undefined;
  }

  /** The stream ended. Whether the server is there says whether a proxy cuts streams. */
  #cut(): void {
    this.#close();
    this.#cuts += 1;
    void this.#look();
  }

  async #look(): Promise<void> {
    const round = this.#round;
    const answers = await api.get("session").then(
      () => true,
      () => false,
    );
    if (round !== this.#round) return;
    if (!answers) this.#lost();
    else if (this.#cuts >= PATIENCE) {
      this.#pollUntil = Date.now() + AGAIN;
      void this.#poll();
    } else {
      this.#later(() => this.#open());
    }
  }

  #lost(): void {
    this.#failures += 1;
    const { connection } = live;
    if (connection.value.kind !== "lost") connection.value = { kind: "lost", since: Date.now() };
    this.#later(() => void this.#look());
  }

  #later(run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, WAITS[Math.min(this.#failures, WAITS.length - 1)] ?? POLL);
  }

  async #poll(): Promise<void> {
    const round = this.#round;
    try {
      const from = live.points.value?.at.at(-1);
      const [statuses, problems, jobs, points] = await Promise.all([
        api.get("statuses"),
        api.get("problems"),
        api.get("jobs"),
        api.get("series", { from }),
      ]);
      if (round !== this.#round) return;
      const at = new Date().toISOString();
      batch(() => {
        live.at.value = Date.now();
        live.connection.value = { kind: "polling" };
        live.brokers.value = statuses.brokers.map((each) => ({ ...each, at }));
        live.missing.value = statuses.partial;
        live.problems.value = problems;
        live.jobs.value = jobs;
        live.points.value = withPoints(live.points.value, points);
      });
      this.#timer = setTimeout(() => this.#open(), POLL);
    } catch {
      if (round === this.#round) this.#lost();
    }
  }
}

function applyEvent(name: Name, document: unknown): void {
  // Page and server are of one build, so an event holds what its name says.
  const event = { [name]: document } as Partial<LiveEvents>;
  if (event.status !== undefined) live.brokers.value = withStatus(live.brokers.value, event.status);
  if (event.missing !== undefined) live.missing.value = event.missing.partial;
  if (event.problems !== undefined) live.problems.value = event.problems;
  if (event.jobs !== undefined) live.jobs.value = event.jobs;
  if (event.points !== undefined) live.points.value = withPoints(live.points.value, event.points);
  if (event.news !== undefined) live.news.value = event.news;
}

/** The brokers, with the changed parts of the status of one. The first event of a broker has every part. */
function withStatus(brokers: readonly LiveBroker[], { broker, at, part }: LiveEvents["status"]): readonly LiveBroker[] {
  const before = brokers.find((each) => each.broker === broker);
  const after = { broker, at, status: { ...before?.status, ...part } as LiveBroker["status"] };
  return before === undefined
    ? [...brokers, after].sort((one, other) => one.broker.localeCompare(other.broker))
    : brokers.map((each) => (each === before ? after : each));
}
