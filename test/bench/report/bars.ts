import { figure } from "./figures.js";
import { ticksTo } from "./scale.js";
import type { Spread } from "./statistics.js";
import { element, label, picture } from "./svg.js";

interface Bar {
  /** Which colour, from 0. */
  readonly series: number;
  readonly name: string;
  readonly value: Spread;
}

interface Group {
  readonly name: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LEFT = 200;
const RIGHT = 110;
const BAR = 18;
const GAP = 5;
const GROUP_GAP = 34;
const TOP = 40;

/** Lying bars in groups, each group with a scale of its own; whiskers reach from the least to the greatest round. */
export function barChart(title: string, unit: string, groups: readonly Group[]): string {
  let y = TOP;
  const parts = groups.map((group) => {
    const top = y + 26;
    y = top + group.bars.length * (BAR + GAP) + GROUP_GAP - 26;
    return `${label(16, top - 8, group.name, "small faint")}${bars(group.bars, top)}`;
  });
  const said = groups.map(
    ({ name, bars: all }) => `${name}: ${all.map((bar) => `${bar.name} ${figure(bar.value.median)}`).join(", ")}`,
  );
  return picture(WIDTH, y + 4, `${title}, ${unit}`, said.join(". "), parts.join(""));
}

function bars(all: readonly Bar[], top: number): string {
  const most = ticksTo(Math.max(...all.map(({ value }) => value.max))).at(-1) ?? 1;
  const at = (value: number) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  return all
    .map(({ series, name, value }, index) => {
      const y = top + index * (BAR + GAP);
      const middle = y + BAR / 2;
      return [
        label(LEFT - 8, middle + 4.5, name, "end"),
        element("rect", {
          class: `s${series}`,
          x: LEFT,
          y,
          width: Math.max(1, at(value.median) - LEFT),
          height: BAR,
          rx: 2,
        }),
        whisker(at(value.min), at(value.max), middle),
        label(at(value.max) + 8, middle + 4.5, figure(value.median)),
      ].join("");
    })
    .join("");
}

function whisker(from: number, to: number, y: number): string {
  const line = (x1: number, y1: number, x2: number, y2: number) =>
    element("line", { class: "whisker", x1, y1, x2, y2 });
  return to - from < 1 ? "" : line(from, y, to, y) + line(from, y - 4, from, y + 4) + line(to, y - 4, to, y + 4);
}
