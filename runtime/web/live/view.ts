import type { Asked, Missing } from "../../front/front.js";
import { joinJobs } from "../../front/join/jobs.js";
import { partialOf } from "../../front/join/partial.js";
import { joinProblems } from "../../front/join/problems.js";
import type { Model } from "../../model/model.js";
import type { Schedules } from "../../operations/diagnose/causes/schedules.js";
import type { PoolDocument } from "../../operations/documents/front.js";
import type { JobsDocument } from "../../operations/documents/jobs.js";
import type { SeriesDocument } from "../../operations/documents/series.js";
import { Board } from "./board.js";
import type { Topic } from "./listening.js";
import { News } from "./news.js";
import { Points } from "./points.js";
import { errorOf, type Source } from "./source.js";

/** What a round found, of all brokers. */
export interface Found {
  readonly sources: readonly Source[];
  readonly pools: readonly PoolDocument[];
}

/** What listeners see of the brokers of one pool, or of all. */
export class View {
  readonly board = new Board();
  readonly #pool: string | undefined;
  readonly #news = new News();
  readonly #points = new Points();

  /** `pool`: default: all. */
  constructor(pool?: string) {
    this.#pool = pool;
  }

  show(
    topics: ReadonlySet<Topic>,
    { sources, pools }: Found,
    models: () => readonly Model[],
    schedules: Schedules | undefined,
  ): void {
    const missing: Missing[] = [];
    const own = sources.filter((source) => this.#isOf(pools, source));
    for (const { broker, seen, error } of own) {
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
    if (sources.some(({ seen, error }) => seen === undefined && error === undefined)) return;
    const partial = partialOf({ partial: missing, refused: [] });
    this.board.document("missing", { partial });
    this.board.document("pools", { pools });
    this.board.document("news", this.#news.totals);
    if (topics.has("problems")) {
      const brokers = own.flatMap(({ broker, seen }) =>
        seen === undefined || partial.some((each) => each.broker === broker) ? [] : [{ broker, status: seen.status }],
      );
      this.board.document("problems", joinProblems({ brokers, partial }, models(), { schedules }));
    } else this.board.forget("problems");
  }

  jobs(asked: Asked<JobsDocument>, found: Found): void {
    this.board.document("jobs", joinJobs(this.#ofPool(asked, found)));
  }

  /** `now`: milliseconds. */
  points(asked: Asked<SeriesDocument>, found: Found, now: number): void {
    const points = this.#points.newOf(this.#ofPool(asked, found));
    if (points !== undefined) this.board.points(points, now);
  }

  /** Where the points of a broker are asked for from. */
  pointsRequest(broker: string, wall: number): { readonly from?: string } {
    return this.#points.request(broker, wall);
  }

  forgetPoints(): void {
    this.#points.forget();
  }

  /** A broker whose pool is not known may be of this one: it is missing here, too. */
  #isOf(pools: readonly PoolDocument[], { broker, seen }: Source): boolean {
    if (this.#pool === undefined || seen === undefined) return true;
    return pools.some(({ name, brokers }) => name === this.#pool && brokers.includes(broker));
  }

  #ofPool<T>(asked: Asked<T>, { sources, pools }: Found): Asked<T> {
    const own = new Set(sources.filter((source) => this.#isOf(pools, source)).map(({ broker }) => broker));
    return {
      answers: asked.answers.filter(({ broker }) => own.has(broker)),
      partial: asked.partial.filter(({ broker }) => own.has(broker)),
      refused: [],
    };
  }
}
