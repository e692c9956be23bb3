import type { JoinedSeries } from "../../../runtime/operations/documents/front.js";

/** Most points that are kept: an hour of 5 s. */
const MOST = 720;

type Values = readonly (number | null)[];

/** The points so far, with newer ones behind them; those of a time that is known already are left out. */
export function withPoints(before: JoinedSeries | undefined, fresh: JoinedSeries): JoinedSeries {
  if (before === undefined) return fresh;
  const last = before.at.at(-1) ?? "";
  const from = fresh.at.findIndex((at) => at > last);
  if (from < 0) return before;
  const at = [...before.at, ...fresh.at.slice(from)].slice(-MOST);
  const names = new Set([...Object.keys(before.broker), ...Object.keys(fresh.broker)]);
  const broker: Record<string, Values> = Object.create(null);
  for (const name of names) {
    const joined = [
      ...valuesOf(before.broker[name], before.at.length),
      ...valuesOf(fresh.broker[name], fresh.at.length).slice(from),
    ];
    broker[name] = joined.slice(-MOST);
  }
  return { ...fresh, at, broker, tasks: before.tasks };
}

/** Nothing is known of a series that an older broker does not have. */
function valuesOf(values: Values | undefined, length: number): Values {
  return values ?? Array.from({ length }, () => null);
}
