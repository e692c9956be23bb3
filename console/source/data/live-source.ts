import { batch, effect } from "@preact/signals";
import type { LiveEvents } from "../../../runtime/operations/documents/front.js";
import { addressOf, api } from "./api.ts";
import { readJson } from "./json.ts";
import { live } from "./live.ts";
import { applyEvent, type LiveEvent } from "./live-events.ts";
import { withPoints } from "./points.ts";
import { pool } from "./pool.ts";
import { problemOf } from "./problem-error.ts";
import { refreshes } from "./query.ts";
import { session } from "./session.ts";
import { settings } from "./settings.ts";

/** A stream without any event for this long is dead, milliseconds: the status changes with each update. */
const SILENCE = 20_000;
/** Waits before the server is asked again, milliseconds. */
const WAITS = [500, 1000, 2000, 3000];
/** After this many streams in a row that were cut within CUT milliseconds, the page polls. */
const PATIENCE = 3;
const CUT = 10_000;
const POLL = 5000;
/** How long the page polls before it tries a stream again. */
const AGAIN = 60_000;

const NAMES: readonly (keyof LiveEvents)[] = [
  "opened",
  "status",
  "missing",
  "pools",
  "problems",
  "jobs",
  "points",
  "news",
];

/** Feeds `live` while somebody is signed in and the tab is visible. It never ends: it lasts as long as the page. */
export function startLive(): void {
  const source = new LiveSource();
  const follow = () => {
    const { refresh } = settings.value;
    const wanted = session.value.kind === "in" && document.visibilityState === "visible";
    if (!wanted) source.stop();
    else if (refresh === 0) source.once();
    else source.start(refresh, pool.value);
  };
  effect(() => {
    // Without a stream, what a person asks for by hand is all there is.
    if (settings.value.refresh === 0) refreshes.value;
    pool.value;
    follow();
  });
  document.addEventListener("visibilitychange", follow);
}

class LiveSource {
  #stream: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  /** Seconds between updates; undefined: it is stopped. */
  #refresh: number | undefined;
  #pool = "";
  /** Id of the last event: a tab that comes back soon is sent only what changed meanwhile. */
  #lastId = "";
  #openedAt = 0;
  /** Milliseconds between updates, as the server says: an operator may allow fewer than the person wishes. */
  #pace = 0;
  #cuts = 0;
  #failures = 0;
  #pollUntil = 0;
  /** Changes with each start and stop: an answer for an earlier one is left out. */
  #round = 0;

  start(refresh: number, pool: string): void {
    if (this.#refresh === refresh && this.#pool === pool) return;
    this.stop();
    if (this.#pool !== pool) this.#lastId = "";
    this.#pool = pool;
    this.#refresh = refresh;
    this.#failures = 0;
    this.#open();
  }

  stop(): void {
    this.#refresh = undefined;
    this.#round += 1;
    this.#close();
    clearTimeout(this.#timer);
  }

  /** Asks for everything a single time. */
  once(): void {
    this.stop();
    void this.#poll("resting");
  }

  #open(): void {
    if (Date.now() < this.#pollUntil) {
      void this.#poll("polling");
      return;
    }
    this.#openedAt = Date.now();
    const stream = new EventSource(
      addressOf("events", { refresh: this.#refresh, after: this.#lastId, pool: this.#pool }),
    );
    this.#stream = stream;
    for (const name of NAMES) {
      stream.addEventListener(name, (event) => {
        if (this.#stream === stream) this.#take(name, event);
      });
    }
    stream.addEventListener("error", () => {
      if (this.#stream === stream) this.#cut();
    });
    this.#watch();
  }

  #take(name: keyof LiveEvents, { data, lastEventId }: MessageEvent<string>): void {
    this.#failures = 0;
    this.#lastId = lastEventId;
    if (Date.now() - this.#openedAt > CUT) this.#cuts = 0;
    const event = { name, data: readJson(data) } as LiveEvent;
    if (event.name === "opened") this.#pace = event.data.refresh;
    this.#watch();
    batch(() => {
      live.at.value = Date.now();
      live.connection.value = { kind: "streaming" };
      applyEvent(event);
    });
  }

  #watch(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#cut(), SILENCE + this.#pace);
  }

  #close(): void {
    clearTimeout(this.#silence);
    this.#stream?.close();
    this.#stream = undefined;
  }

  /** The stream ended. Whether the server answers says whether something on the way cuts streams. */
  #cut(): void {
    this.#close();
    this.#cuts += 1;
    void this.#look();
  }

  async #look(): Promise<void> {
    const round = this.#round;
    try {
      await api.get("session");
    } catch (error) {
      if (round === this.#round) this.#failed(error);
      return;
    }
    if (round !== this.#round) return;
    this.#failures = 0;
    if (this.#cuts >= PATIENCE) {
      this.#pollUntil = Date.now() + AGAIN;
      void this.#poll("polling");
    } else {
      this.#later(() => this.#open());
    }
  }

  #failed(error: unknown): void {
    this.#failures += 1;
    const problem = problemOf(error);
    const before = live.connection.value;
    const since = before.kind === "lost" || before.kind === "failing" ? before.since : Date.now();
    live.connection.value = problem.status === 0 ? { kind: "lost", since } : { kind: "failing", since, problem };
    this.#later(() => void this.#look());
  }

  #later(run: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, WAITS[Math.min(this.#failures, WAITS.length - 1)] ?? POLL);
  }

  async #poll(kind: "polling" | "resting"): Promise<void> {
    const round = this.#round;
    try {
      const { pools } = await api.get("pools");
      if (round !== this.#round) return;
      live.pools.value = pools;
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
        live.connection.value = { kind };
        live.brokers.value = statuses.brokers.map((each) => ({ ...each, at }));
        live.missing.value = statuses.partial;
        live.problems.value = problems;
        live.jobs.value = jobs;
        live.points.value = withPoints(live.points.value, points);
      });
      if (kind === "polling") this.#timer = setTimeout(() => this.#open(), POLL);
    } catch (error) {
      if (round === this.#round) this.#failed(error);
    }
  }
}
