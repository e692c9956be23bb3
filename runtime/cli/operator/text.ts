/** A span in its largest two units: "3m 20s", "40ms". */
export function span(milliseconds: number): string {
  const whole = Math.max(0, milliseconds);
  if (whole < 1000) return `${Math.round(whole)}ms`;
  const seconds = Math.floor(whole / 1000);
  const units: readonly (readonly [number, string])[] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = units.findIndex(([count]) => count > 0);
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

/** How long ago an ISO time was, by the broker's clock where it is known. "": there is none. */
export function ago(time: string | null | undefined, now = Date.now()): string {
  return time === null || time === undefined ? "" : span(now - Date.parse(time));
}

/** "1 activation", "2 activations". */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

/** Pairs of names and values as aligned lines; those without a value are left out. */
export function facts(pairs: readonly (readonly [string, string | number | null | undefined])[]): string[] {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** Numbers by name, as "3 done, 1 too late"; zeros are left out. */
export function tally(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count.toLocaleString("en-US")} ${name.replaceAll("_", " ")}`)
    .join(", ");
}

/** "100 of 812". */
export function lookedText({ rows, of }: { readonly rows: number; readonly of: number }): string {
  return `${rows.toLocaleString("en-US")} of ${of.toLocaleString("en-US")}`;
}
