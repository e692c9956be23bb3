import { BROKER_SERIES, type SeriesDocument, TASK_SERIES } from "../../../operations/documents/series.js";
import { OperationError } from "../../../operations/errors.js";
import { RequestReader } from "../../../operations/request.js";
import { POINT_SECONDS, POINTS, type Series } from "./series.js";

/** Tasks in one answer: with all points of all their series it stays below 2 MiB. */
const MOST_TASKS = 50;

/** Points that are shown as one. */
type Step = readonly { readonly place: number; readonly at: number }[];

export function answerSeries(series: Series, request: unknown): SeriesDocument {
  const reader = new RequestReader(request);
  const asked = reader.texts("names", BROKER_SERIES.length);
  const tasks = new Set(reader.texts("tasks", MOST_TASKS));
  const from = reader.time("from") ?? 0;
  const step = reader.integer("step", { least: POINT_SECONDS, most: POINTS * POINT_SECONDS }) ?? POINT_SECONDS;
  reader.end();
  const unknown = asked.find((name) => !BROKER_SERIES.some((each) => each === name));
  if (unknown !== undefined) {
    const known = `known: ${BROKER_SERIES.join(", ")}`;
    throw wrong("names", `unknown series "${unknown.slice(0, 64)}"; ${known}`);
  }
  if (step % POINT_SECONDS !== 0) throw wrong("step", `expected a multiple of ${POINT_SECONDS} seconds, found ${step}`);
  const names = BROKER_SERIES.filter((name) => asked.length === 0 || asked.includes(name));
  const steps = stepsOf(
    series.points().filter(({ at }) => at >= from),
    step,
  );
  const valuesOf = (value: (place: number) => number) => steps.map((points) => mean(points, value));
  return {
    step,
    at: steps.map((points) => new Date(points.at(-1)?.at ?? 0).toISOString()),
    broker: Object.fromEntries(names.map((name) => [name, valuesOf((place) => series.broker(name, place))])),
    tasks: series.tasks
      .filter(({ names: { task } }) => tasks.has(task))
      .map((task) => ({
        ...task.names,
        series: Object.fromEntries(TASK_SERIES.map((name) => [name, valuesOf((place) => task.value(name, place))])),
      })),
  };
}

/** By time, so that a step does not reach over a gap. */
function stepsOf(points: Step, seconds: number): Step[] {
  const steps = new Map<number, Step>();
  for (const point of points) {
    const step = Math.floor(point.at / (seconds * 1000));
    steps.set(step, [...(steps.get(step) ?? []), point]);
  }
  return seconds === POINT_SECONDS ? points.map((point) => [point]) : [...steps.values()];
}

function mean(points: Step, value: (place: number) => number): number | null {
  const known = points.map(({ place }) => value(place)).filter((each) => !Number.isNaN(each));
  if (known.length === 0) return null;
  return Math.round((known.reduce((sum, each) => sum + each, 0) / known.length) * 1000) / 1000;
}

function wrong(field: string, problem: string): OperationError {
  return new OperationError("bad_request", "bad_parameter", `${field}: ${problem}`, { field });
}
