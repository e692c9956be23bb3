import type { JoinedSeries } from "../../operations/documents/front.js";
import type { SeriesDocument } from "../../operations/documents/series.js";
import type { Asked } from "../front.js";
import { partialOf } from "./partial.js";

/** A sum or a mean of these over brokers says nothing: the worst broker's value stands for all. */
const WORST = /^(wait|run|commit|loop_lag)_p\d+$|^oldest_pending$/;

type Values = readonly (number | null)[];
type Task = SeriesDocument["tasks"][number];

/** The points of one broker, found for each time of the joined document. */
interface Source {
  readonly document: SeriesDocument;
  /** Place of its point for each joined time. Undefined: it has none yet, or no more. null: its points have a gap there. */
  readonly places: readonly (number | null | undefined)[];
}

/**
 * The series of all brokers as one. Brokers take their points at different moments, so the joined points are at multiples of the
 * step, and each broker's nearest point within a step counts. Where no broker has one, there is no point. Where a broker's
 * own points have a gap, the values are not known. A task that only some brokers have counts on these.
 */
export function joinSeries(asked: Asked<SeriesDocument>): JoinedSeries {
  const documents = asked.answers.map(({ document }) => document);
  const partial = partialOf(asked);
  const [first] = documents;
  if (first === undefined) return { step: 0, at: [], broker: {}, tasks: [], worst: [], partial };
  if (documents.length === 1) return { ...first, worst: [], partial };
  const { times, sources } = aligned(documents, first.step * 1000);
  const names = [...new Set(documents.flatMap(({ broker }) => Object.keys(broker)))];
  return {
    step: first.step,
    at: times.map((at) => new Date(at).toISOString()),
    broker: Object.fromEntries(
      names.map((name) => [
        name,
        joined(
          name,
          sources.map(({ document, places }) => ({ values: document.broker[name] ?? [], places })),
          times.length,
        ),
      ]),
    ),
    tasks: joinTasks(sources, times.length),
    worst: names.filter((name) => WORST.test(name)),
    partial,
  };
}

function aligned(documents: readonly SeriesDocument[], step: number): { times: number[]; sources: Source[] } {
  const points = documents.map(({ at }) => at.map((each) => Date.parse(each)));
  const measured = points.filter((each) => each.length > 0);
  const start = Math.ceil(Math.min(...measured.map((each) => each[0] ?? 0)) / step) * step;
  // The newest point of the slowest broker: a later one would lack its part. One that is far behind has ended.
  const newest = measured.map((each) => each.at(-1) ?? 0);
  const last = Math.max(...newest);
  const end = Math.min(...newest.filter((each) => last - each < 2 * step)) + step / 2;
  // Only times near a point: a broker whose clock is years off would make millions of others.
  const near = points.flat().flatMap((at) => [Math.floor(at / step) * step, Math.ceil(at / step) * step]);
  const grid = [...new Set(near)].filter((at) => at >= start && at < end).sort((one, other) => one - other);
  const placed = points.map((own) => placesOf(own, grid, step));
  const kept = grid.flatMap((_, index) => (placed.some((places) => typeof places[index] === "number") ? [index] : []));
  return {
    times: kept.map((index) => grid[index] ?? 0),
    sources: documents.map((document, source) => ({
      document,
      places: kept.map((index) => placed[source]?.[index]),
    })),
  };
}

/** For each time the place of the nearest point within a step. */
function placesOf(points: readonly number[], grid: readonly number[], step: number): Source["places"] {
  let next = 0;
  return grid.map((at) => {
    while (next + 1 < points.length && distance(points, next + 1, at) <= distance(points, next, at)) next += 1;
    if (distance(points, next, at) < step) return next;
    return at < (points[0] ?? Number.POSITIVE_INFINITY) || at > (points.at(-1) ?? 0) ? undefined : null;
  });
}

function distance(points: readonly number[], place: number, at: number): number {
  return Math.abs((points[place] ?? Number.POSITIVE_INFINITY) - at);
}

interface Part {
  readonly values: Values;
  readonly places: Source["places"];
}

function joined(name: string, parts: readonly Part[], length: number): Values {
  const worst = WORST.test(name);
  return Array.from({ length }, (_, index) => {
    const there = parts.flatMap(({ values, places }) => {
      const place = places[index];
      return place === undefined ? [] : [place === null ? undefined : (values[place] ?? null)];
    });
    // A percentile without a value was measured by nobody; any other value is not known.
    if (there.includes(undefined) || (!worst && there.includes(null))) return null;
    const known = there.filter((value) => typeof value === "number");
    if (known.length === 0) return null;
    return worst ? Math.max(...known) : rounded(known.reduce((sum, value) => sum + value, 0));
  });
}

function joinTasks(sources: readonly Source[], length: number): Task[] {
  const byTask = new Map<string, { readonly task: Task; readonly parts: { task: Task; places: Source["places"] }[] }>();
  for (const { document, places } of sources)
    for (const task of document.tasks) {
      const key = JSON.stringify([task.application, task.namespace, task.task]);
      const known = byTask.get(key);
      if (known === undefined) byTask.set(key, { task, parts: [{ task, places }] });
      else known.parts.push({ task, places });
    }
  return [...byTask.values()].map(({ task: { application, namespace, task, series }, parts }) => ({
    application,
    namespace,
    task,
    series: Object.fromEntries(
      Object.keys(series).map((name) => [
        name,
        joined(
          name,
          parts.map((part) => ({
            values: part.task.series[name] ?? [],
            places: known(part.task.series[name], part.places),
          })),
          length,
        ),
      ]),
    ),
  }));
}

/** A broker has points of a task only while the task is among its busiest: elsewhere it does not count. */
function known(values: Values | undefined, places: Source["places"]): Source["places"] {
  return places.map((place) => (typeof place === "number" && (values?.[place] ?? null) === null ? undefined : place));
}

/** As a broker rounds. */
function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
