import type { Spread } from "./statistics.js";

/** A number as people read it: three digits that count, thousands apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(Number(value.toPrecision(3))).toLocaleString("en-US");
  if (size >= 100) return String(Math.round(value));
  return String(Number(value.toFixed(size >= 10 ? 1 : 2)));
}

/** `median (min-max)`, or the figure alone when all rounds have the same. */
export function spreadText({ median, min, max }: Spread): string {
  const [low, high] = [figure(min), figure(max)];
  return low === high ? figure(median) : `${figure(median)} (${low}-${high})`;
}

/** `2.10x (1.9-2.3)` */
export function ratioText({ median, min, max }: Spread): string {
  if (!Number.isFinite(median)) return "-";
  return `**${median.toFixed(2)}x** (${min.toFixed(2)}-${max.toFixed(2)})`;
}
