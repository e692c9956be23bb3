import { gainText } from "./report.js";
import type { OrganizationResult } from "./result.js";

const WIDTH = 760;
const LEFT = 60;
const RIGHT = 90;
const TOP = 64;
const ROW = 18;
const BAR = 7;
const SERIES = [
  { title: "rare transactions", color: "#c2410c", of: ({ rareGain }: OrganizationResult) => rareGain },
  { title: "common transactions", color: "#1d4ed8", of: ({ commonGain }: OrganizationResult) => commonGain },
] as const;

/** An SVG with two bars per organization: its rare and its common transactions, as multiples of the base rate. */
export function chartSvg(results: readonly OrganizationResult[]): string {
  const largest = Math.max(1, ...results.flatMap((result) => SERIES.map(({ of }) => of(result) ?? 0)));
  const x = (gain: number) => round(LEFT + (gain / largest) * (WIDTH - LEFT - RIGHT));
  const height = TOP + results.length * ROW + 12;
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14">Kept, as a multiple of the organization's base rate</text>`,
    ...SERIES.map(({ title, color }, index) => {
      const at = LEFT + index * 160;
      return `<rect x="${at}" y="31" width="10" height="10" fill="${color}"/><text x="${at + 16}" y="40">${title}</text>`;
    }),
    ...ticks(largest).map(
      (tick) =>
        `<line x1="${x(tick)}" y1="${TOP - 6}" x2="${x(tick)}" y2="${height - 8}" stroke="${tick === 1 ? "#404040" : "#d4d4d4"}"/>` +
        `<text x="${x(tick)}" y="${TOP - 10}" text-anchor="middle">x${tick}</text>`,
    ),
    ...results.flatMap((result, row) => {
      const y = TOP + row * ROW;
      return [
        `<text x="${LEFT - 8}" y="${y + 11}" text-anchor="end">${escaped(result.organization)}</text>`,
        ...SERIES.flatMap(({ color, of }, index) => {
          const gain = of(result);
          if (gain === null) return [];
          const top = y + 1 + index * BAR;
          return [
            `<rect x="${LEFT}" y="${top}" width="${round(x(gain) - LEFT)}" height="${BAR - 1}" fill="${color}"><title>${gainText(gain)}</title></rect>`,
          ];
        }),
      ];
    }),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

function ticks(largest: number): readonly number[] {
  const step = Math.max(1, Math.ceil(largest / 10));
  return Array.from({ length: Math.floor(largest) + 1 }, (_, tick) => tick).filter(
    (tick) => tick % step === 0 || tick === 1,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
