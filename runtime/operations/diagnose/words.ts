/** "4,210". */
export function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 task", "4,210 tasks". */
export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${number(count)} ${count === 1 ? noun : plural}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** A span in its two largest units: "40 ms", "12 min", "3 min 10 s", "2 h 5 min". */
export function span(milliseconds: number): string {
  const first = UNITS.findIndex(([unit]) => milliseconds >= unit);
  if (first < 0) return `${Math.max(0, Math.round(milliseconds))} ms`;
  let rest = milliseconds;
  const parts = UNITS.slice(first, first + 2).map(([unit, name]) => {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    return [count, name] as const;
  });
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(" ");
}

/** "a, b and c"; of more than `most`, the first ones and "and 7 more". */
export function listed(names: readonly string[], most = 3): string {
  if (names.length > most) return `${names.slice(0, most).join(", ")} and ${number(names.length - most)} more`;
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
