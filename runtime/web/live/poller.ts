import type { Clock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import { within } from "../../base/within.js";
import type { Asked, Front, Missing } from "../../front/front.js";
import { joinJobs } from "../../front/join/jobs.js";
import { partialOf } from "../../front/join/partial.js";
import { joinProblems } from "../../front/join/problems.js";
import type { Model } from "../../model/model.js";
import type { Schedules } from "../../operations/diagnose/causes/schedules.js";
import type { JobsDocument } from "../../operations/documents/jobs.js";
import type { SeriesDocument } from "../../operations/documents/series.js";
import type { VerbName } from "../../operations/verbs.js";
import { Board } from "./board.js";
import type { Topic } from "./listening.js";
import { News } from "./news.js";
import { Points } from "./points.js";
import { errorOf, Source } from "./source.js";

/** How long a round waits for answers, milliseconds. What comes later is part of the next round. */
const SETTLE_MS = 300;
/** Brokers take a point each 5 s; somewhat less, because rounds are late now and then. */
const POINTS_MS = 4800;

/** What schedules there are, from time to time; undefined: none are known. Never rejects. */
export interface KnownSchedules {
  look(): Promise<Schedules | undefined>;
}

/** Asks the brokers on behalf of all listeners, and puts what they answer on a board. */
export class Poller {
  readonly board = new Board();
  readonly #clock: Clock;
  readonly #models: () => readonly Model[];
  readonly #sources: readonly Source[];
  readonly #news = new News();
  readonly #points = new Points();
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

  /**
   * Asks for what the topics need. Afterwards the board has what was answered. Rejects when some of it could not be used; the
   * board has the rest.
   */
  async round(topics: ReadonlySet<Topic>): Promise<void> {
    const calls = this.#sources.map((source) => source.look());
    if (topics.has("problems"))
      calls.push(
        this.#known.look().then((schedules) => {
          this.#schedules = schedules;
        }),
      );
    if (topics.has("jobs")) calls.push(this.#once("Jobs", () => this.#lookForJobs()));
    else this.board.forget("jobs");
    if (!topics.has("points")) this.#points.forget();
    else if (this.#clock.now() - this.#pointsAt >= POINTS_MS)
      calls.push(this.#once("Series", () => this.#lookForPoints()));
    await within(this.#clock, SETTLE_MS, Promise.all(calls));
    try {
      this.#show(topics);
    } finally {
      this.board.commit();
    }
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
  }

  #show(topics: ReadonlySet<Topic>): void {
    const missing: Missing[] = [];
    for (const { broker, seen, error } of this.#sources) {
      if (error !== undefined) missing.push({ broker, error });
      if (seen === undefined) continue;
      try {
        this.#news.add(broker, seen.status);
        this.board.status(broker, new Date(seen.at).toISOString(), seen.status);
      } catch (fault) {
        missing.push({ broker, error: errorOf(fault) });
      }
    }
    // Before each broker has answered or failed, nothing can be said of all of them.
    if (this.#sources.some(({ seen, error }) => seen === undefined && error === undefined)) return;
    const partial = partialOf({ partial: missing, refused: [] });
    this.board.document("missing", { partial });
    this.board.document("news", this.#news.totals);
    if (topics.has("problems")) {
      const brokers = this.#sources.flatMap(({ broker, seen }) =>
        seen === undefined || partial.some((each) => each.broker === broker) ? [] : [{ broker, status: seen.status }],
      );
      this.board.document(
        "problems",
        joinProblems({ brokers, partial }, this.#models(), { schedules: this.#schedules }),
      );
    } else this.board.forget("problems");
  }

  async #lookForJobs(): Promise<void> {
    this.board.document("jobs", joinJobs(await this.#ask<JobsDocument>("Jobs", () => ({}))));
  }

  async #lookForPoints(): Promise<void> {
    this.#pointsAt = this.#clock.now();
    const wall = this.#clock.wall();
    const asked = await this.#ask<SeriesDocument>("Series", (broker) => this.#points.request(broker, wall));
    const points = this.#points.newOf(asked);
    if (points !== undefined) this.board.points(points, this.#clock.now());
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
