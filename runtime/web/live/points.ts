import { joinSeries } from "../../front/join/series.js";
import type { JoinedSeries } from "../../operations/documents/front.js";
import type { SeriesDocument } from "../../operations/documents/series.js";

/** How far back a broker is asked: brokers take points at different moments, and one may be late. */
const BACK_MS = 30_000;
/** How far back it is asked first, when nothing says what its clock shows. */
const FIRST_MS = 60_000;
/** Points that the first listener gets. */
const FIRST_POINTS = 12;

type Asked = Parameters<typeof joinSeries>[0] & { readonly answers: readonly { readonly document: SeriesDocument }[] };

/** Finds the points that are new. Only times of the brokers themselves are compared: their clocks may differ or be set. */
export class Points {
  /** When the newest point of a broker was taken; null: it answered none. */
  readonly #newest = new Map<string, number | null>();
  #shown: ReadonlySet<string> | undefined;

  /** The request to a broker. `wall`: milliseconds. */
  request(broker: string, wall: number): { readonly from?: string } {
    const newest = this.#newest.get(broker);
    if (newest === null) return {};
    const from = newest === undefined ? wall - FIRST_MS : newest - BACK_MS;
    return { from: new Date(from).toISOString() };
  }

  /** undefined: none is new. */
  newOf(asked: Asked): JoinedSeries | undefined {
    for (const { broker, document } of asked.answers) {
      const last = document.at.at(-1);
      this.#newest.set(broker, last === undefined ? null : Date.parse(last));
    }
    const joined = joinSeries(asked);
    const shown = this.#shown ?? new Set(joined.at.slice(0, -FIRST_POINTS));
    const places = joined.at.flatMap((at, place) => (shown.has(at) ? [] : [place]));
    if (joined.at.length > 0) this.#shown = new Set(joined.at);
    return places.length === 0 ? undefined : at(joined, places);
  }

  /** Nobody asks for points. */
  forget(): void {
    this.#shown = undefined;
  }
}

function at(joined: JoinedSeries, places: readonly number[]): JoinedSeries {
  const some = (series: JoinedSeries["broker"]) =>
    Object.fromEntries(
      Object.entries(series).map(([name, values]) => [name, places.map((place) => values[place] ?? null)]),
    );
  return {
    ...joined,
    at: places.map((place) => joined.at[place] ?? ""),
    broker: some(joined.broker),
    tasks: joined.tasks.map((task) => ({ ...task, series: some(task.series) })),
  };
}
