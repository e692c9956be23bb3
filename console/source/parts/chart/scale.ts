/** Points further apart than this many steps have a gap between them: a restart, a lost connection. */
const GAP = 2.5;

/** Where values of a chart are drawn. Times are milliseconds. */
interface Scale {
  readonly from: number;
  readonly to: number;
  /** The value at the top; the bottom is 0. */
  readonly top: number;
  /** Milliseconds from one point to the next. */
  readonly step: number;
}

/** The shortest time that a chart shows: the first points of a broker stand at its right. */
const SHORTEST = 10 * 60_000;

/** The scale of lines, with a round number at the top. */
export function scaleOf(at: readonly number[], lines: readonly (readonly (number | null)[])[], step: number): Scale {
  let most = 0;
  for (const values of lines) for (const value of values) if (value !== null && value > most) most = value;
  const ticks = valueTicks(most);
  const to = at.at(-1) ?? 0;
  return { from: Math.min(at[0] ?? 0, to - SHORTEST), to, top: ticks.at(-1) ?? 1, step };
}

/** Round numbers from 0 to at least `most`, at most five. */
export function valueTicks(most: number): readonly number[] {
  if (!(most > 0) || !Number.isFinite(most)) return [0, 1];
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const unit = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.ceil(most / unit - 1e-9) + 1 }, (_, index) =>
    Number((index * unit).toPrecision(12)),
  );
}

const MINUTE = 60_000;
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 360, 1440].map((minutes) => minutes * MINUTE);

/** Round times within a scale, at most `most`. */
export function timeTicks({ from, to }: Scale, most = 6): readonly number[] {
  const step = TIME_STEPS.find((each) => (to - from) / each <= most) ?? to - from;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
}

/** How far from the left, or from the bottom, from 0 to 1. */
export function timeShare({ from, to }: Scale, time: number): number {
  return (time - from) / (to - from);
}

/** Most points of a line that are drawn: an hour by quarters of a minute. More would be noise, in which dashes are lost. */
const DRAWN = 240;

interface Thinned {
  readonly at: readonly number[];
  readonly lines: readonly (readonly (number | null)[])[];
  /** Milliseconds from one point to the next. */
  readonly step: number;
}

/** The mean of some points for each that is drawn; unknown ones are left out. Points on both sides of a gap stay apart. */
export function thinned(at: readonly number[], lines: readonly (readonly (number | null)[])[], step: number): Thinned {
  const size = Math.ceil(at.length / DRAWN);
  if (size <= 1) return { at, lines, step };
  const groups: number[][] = [];
  for (const [index, time] of at.entries()) {
    const group = groups.at(-1);
    const before = at[index - 1] ?? time;
    if (group === undefined || group.length >= size || time - before > GAP * step) groups.push([index]);
    else group.push(index);
  }
  return {
    at: groups.map((group) => at[group.at(-1) ?? 0] ?? 0),
    lines: lines.map((values) => groups.map((group) => mean(group.map((index) => values[index] ?? null)))),
    step: step * size,
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The path of a line, in a box of the given size. Unknown values and missing points are gaps; a lone point is a dot. */
export function linePath(
  at: readonly number[],
  values: readonly (number | null)[],
  scale: Scale,
  width: number,
  height: number,
): string {
  let path = "";
  /** Time of the point before; undefined: the next one begins a stretch. */
  let before: number | undefined;
  let lone = false;
  for (const [index, time] of at.entries()) {
    const value = values[index] ?? null;
    if (value === null || !Number.isFinite(value)) {
      if (lone) path += "h.1";
      before = undefined;
      lone = false;
      continue;
    }
    const joined = before !== undefined && time - before <= GAP * scale.step;
    if (!joined && lone) path += "h.1";
    const x = (timeShare(scale, time) * width).toFixed(1);
    const y = ((1 - Math.min(1, Math.max(0, value) / scale.top)) * height).toFixed(1);
    path += `${joined ? "L" : "M"}${x} ${y}`;
    lone = !joined;
    before = time;
  }
  return lone ? `${path}h.1` : path;
}

/** The point at a time; undefined: there is none near. */
export function pointAt(at: readonly number[], time: number, step: number): number | undefined {
  let best: number | undefined;
  for (const [index, each] of at.entries())
    if (best === undefined || Math.abs(each - time) < Math.abs((at[best] ?? 0) - time)) best = index;
  return best !== undefined && Math.abs((at[best] ?? 0) - time) <= GAP * step ? best : undefined;
}
