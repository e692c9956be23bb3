import { figure } from "./figures.js";
import { ticksTo } from "./scale.js";
import type { Spread } from "./statistics.js";
import { element, label, picture } from "./svg.js";

interface Line {
  readonly name: string;
  /** One for each place. */
  readonly values: readonly Spread[];
}

interface LineChart {
  readonly title: string;
  readonly unit: string;
  /** What grows, and its values from left to right. */
  readonly axis: string;
  readonly places: readonly string[];
  readonly lines: readonly Line[];
}

const WIDTH = 380;
const HEIGHT = 260;
const FRAME = { left: 52, right: 84, top: 44, bottom: 46 } as const;

/** Lines over places at equal distances, from 0 upwards; a bar at each point reaches from the least to the greatest round. */
export function lineChart({ title, unit, axis, places, lines }: LineChart): string {
  const ticks = ticksTo(Math.max(...lines.flatMap(({ values }) => values.map(({ max }) => max))));
  const most = ticks.at(-1) ?? 1;
  const bottom = HEIGHT - FRAME.bottom;
  const right = WIDTH - FRAME.right;
  const y = (value: number) => bottom - (value / most) * (bottom - FRAME.top);
  const x = (place: number) => FRAME.left + ((place + 0.5) / places.length) * (right - FRAME.left);
  const grid = ticks.map(
    (tick) =>
      element("line", { class: "rule", x1: FRAME.left, x2: right, y1: y(tick), y2: y(tick) }) +
      label(FRAME.left - 6, y(tick) + 4, figure(tick), "end small faint"),
  );
  const names = places.map((place, at) => label(x(at), bottom + 18, place, "middle small"));
  const drawn = lines.map(({ values }, series) => {
    const points = values.map(({ median }, at) => `${round(x(at))},${round(y(median))}`).join(" ");
    const dots = values.map(({ median, min, max }, at) => {
      const bar = { class: "whisker", x1: x(at), x2: x(at), y1: y(min), y2: y(max) };
      return element("line", bar) + element("circle", { class: `s${series}`, cx: x(at), cy: y(median), r: 3.5 });
    });
    return element("polyline", { class: `l${series}`, points }) + dots.join("");
  });
  const legend = lines.map(({ name, values }, series) => ({ name, series, at: y(values.at(-1)?.median ?? 0) + 4 }));
  const said = lines.map(
    ({ name, values }) => `${name}: ${values.map(({ median }, at) => `${places[at]} ${figure(median)}`).join(", ")}`,
  );
  const body = [
    ...grid,
    ...names,
    label((FRAME.left + right) / 2, HEIGHT - 10, axis, "middle small faint"),
    ...drawn,
    ...apart(legend).map(({ name, series, at }) => label(right + 6, at, name, `small s${series}`)),
  ];
  return picture(WIDTH, HEIGHT, `${title}, ${unit}`, said.join(". "), body.join(""));
}

/** Names beside the ends of their lines, moved so far that none covers another. */
function apart<Name extends { readonly at: number }>(names: readonly Name[]): Name[] {
  const sorted = [...names].sort((one, other) => one.at - other.at);
  let last = Number.NEGATIVE_INFINITY;
  return sorted.map((name) => {
    last = Math.max(name.at, last + 15);
    return { ...name, at: last };
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
