import type { Clock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import { within } from "../../base/within.js";
import type { Asked, Front } from "../../front/front.js";
import type { Model } from "../../model/model.js";
import type { Schedules } from "../../operations/diagnose/causes/schedules.js";
import type { JobsDocument } from "../../operations/documents/jobs.js";
import type { SeriesDocument } from "../../operations/documents/series.js";
import { poolsOf } from "../../operations/status/pools.js";
import type { VerbName } from "../../operations/verbs.js";
import type { Board } from "./board.js";
import type { Topic } from "./listening.js";
import { Source } from "./source.js";
import { type Found, View } from "./view.js";

/** How long a round waits for answers, milliseconds. What comes later is part of the next round. */
const SETTLE_MS = 300;
/** Brokers take a point each 5 s; somewhat less, because rounds are late now and then. */
const POINTS_MS = 4800;

/** What schedules there are, from time to time; undefined: none are known. Never rejects. */
export interface KnownSchedules {
  look(): Promise<Schedules | undefined>;
}

/** Asks the brokers on behalf of all listeners, and puts what they answer on a board for all pools and one for each. */
export class Poller {
  /** What listeners see who name no pool. */
  readonly #all = new View();
  /** What listeners see who name a pool, by its name, whether it exists or not. */
  readonly #views = new Map<string, View>();
  #topics: ReadonlySet<Topic> = new Set();
  /** What was answered last; undefined: nobody asks. */
  #jobs: Asked<JobsDocument> | undefined;
  readonly #clock: Clock;
  readonly #models: () => readonly Model[];
  readonly #sources: readonly Source[];
  readonly #asking = new Set<VerbName>();
  readonly #known: KnownSchedules;
  #schedules: Schedules | undefined;
  /** Why an answer could not be used; thrown at the end of the round. */
  #fault: unknown;
  #pointsAt = Number.NEGATIVE_INFINITY;

  constructor(
    front: Pick<Front, "brokers" | "only">,
    models: () => readonly Model[],
    schedules: KnownSchedules,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#known = schedules;
    this.#models = models;
    this.#sources = front.brokers.map((broker) => new Source(broker, front, () => clock.wall()));
  }

  /** What is shown of a pool; undefined: of all. A new one has what is known of the brokers. */
  boardOf(pool: string | undefined): Board {
    if (pool === undefined) return this.#all.board;
    const known = this.#views.get(pool);
    if (known !== undefined) return known.board;
    const view = new View(pool);
    this.#views.set(pool, view);
    if (this.#jobs !== undefined) view.jobs(this.#jobs, this.#found());
    this.#show(view);
    return view.board;
  }

  /**
   * Asks for what the topics need. `pools`: those that listeners name; others are forgotten. Afterwards the boards have what was answered. Rejects when some of it could not be used; the
   * boards have the rest.
   */
  async round(topics: ReadonlySet<Topic>, pools: ReadonlySet<string | undefined> = new Set()): Promise<void> {
    this.#topics = topics;
    for (const pool of this.#views.keys()) if (!pools.has(pool)) this.#views.delete(pool);
    const calls = this.#sources.map((source) => source.look());
    if (topics.has("problems"))
      calls.push(
        this.#known.look().then((schedules) => {
          this.#schedules = schedules;
        }),
      );
    if (topics.has("jobs")) calls.push(this.#once("Jobs", () => this.#lookForJobs()));
    else {
      this.#jobs = undefined;
      for (const { board } of this.#everyView()) board.forget("jobs");
    }
    if (!topics.has("points")) for (const view of this.#everyView()) view.forgetPoints();
    else if (this.#clock.now() - this.#pointsAt >= POINTS_MS)
      calls.push(this.#once("Series", () => this.#lookForPoints()));
    await within(this.#clock, SETTLE_MS, Promise.all(calls));
    for (const view of this.#everyView()) this.#show(view);
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
  }

  #show(view: View): void {
    try {
      view.show(this.#topics, this.#found(), this.#models, this.#schedules);
    } catch (error) {
      this.#fault = error;
    } finally {
      view.board.commit();
    }
  }

  #everyView(): readonly View[] {
    return [this.#all, ...this.#views.values()];
  }

  #found(): Found {
    const seen = this.#sources.flatMap(({ broker, seen }) =>
      seen === undefined ? [] : [{ broker, status: seen.status }],
    );
    return { sources: this.#sources, pools: poolsOf(seen) };
  }

  async #lookForJobs(): Promise<void> {
    const asked = await this.#ask<JobsDocument>("Jobs", () => ({}));
    this.#jobs = asked;
    for (const view of this.#everyView()) view.jobs(asked, this.#found());
  }

  async #lookForPoints(): Promise<void> {
    this.#pointsAt = this.#clock.now();
    const wall = this.#clock.wall();
    const asked = await this.#ask<SeriesDocument>("Series", (broker) => this.#all.pointsRequest(broker, wall));
    for (const view of this.#everyView()) view.points(asked, this.#found(), this.#clock.now());
  }

  async #ask<T>(verb: VerbName, request: (broker: string) => object): Promise<Asked<T>> {
    const found = await Promise.all(
      this.#sources.map(async (source) => ({
        broker: source.broker,
        answer: await source.ask<T>(verb, request(source.broker)),
      })),
    );
    return {
      answers: found.flatMap(({ broker, answer }) => (answer instanceof TaskwireError ? [] : [{ broker, ...answer }])),
      partial: found.flatMap(({ broker, answer: error }) =>
        error instanceof TaskwireError ? [{ broker, error }] : [],
      ),
      refused: [],
    };
  }

  /** Unless the call before is still under way. */
  async #once(verb: VerbName, run: () => Promise<void>): Promise<void> {
    if (this.#asking.has(verb)) return;
    this.#asking.add(verb);
    try {
      await run();
    } catch (error) {
      this.#fault = error;
    } finally {
      this.#asking.delete(verb);
    }
  }
}
