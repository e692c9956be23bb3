const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** A duration in words with at most two units: "850 ms", "4.2 s", "3 min 10 s", "2 d 4 h". */
export function durationWords(milliseconds: number): string {
  const span = Math.abs(milliseconds);
  if (span < 999.5) return `${Math.round(span)} ms`;
  if (span < 9950) return `${(span / 1000).toFixed(1).replace(/\.0$/, "")} s`;
  // Rounded first, so that 59.7 s is a minute and not "60 s".
  const whole = Math.round(span / 1000) * 1000;
  const at = UNITS.findIndex(([, size]) => whole >= size);
  const [unit, size] = UNITS[at] ?? ["s", 1000];
  const next = UNITS[at + 1];
  const count = Math.floor(whole / size);
  const rest = next === undefined ? 0 : Math.floor((whole - count * size) / next[1]);
  return next === undefined || rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${next[0]}`;
}

/** A point in time from now: "12 s ago", "in 3 min 10 s", "just now". */
export function relativeWords(at: number, now: number): string {
  const distance = at - now;
  if (Math.abs(distance) < 1000) return "just now";
  // Below a minute whole seconds, above it what a glance needs.
  const words = Math.abs(distance) < 60_000 ? `${Math.floor(Math.abs(distance) / 1000)} s` : durationWords(distance);
  return distance < 0 ? `${words} ago` : `in ${words}`;
}
