/** Units as people write them. */
const UNITS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ms: "ms msec msecs millis millisecond milliseconds",
    s: "s sec secs second seconds",
    m: "m min mins minute minutes",
    h: "h hr hrs hour hours",
    d: "d day days",
  }).flatMap(([unit, words]) => words.split(" ").map((word) => [word, unit] as const)),
);
const WEEK = /^(?:w|wk|week|weeks)$/;

/** A duration as the schema writes it, for one in other words: `5 minutes`, `PT5M`, `timedelta(hours=1)`. */
export function durationIn(text: string): string | undefined {
  const plain = text.trim();
  const parts =
    /^(?<amount>\d+) *(?<unit>[A-Za-z]+)$/.exec(plain) ??
    /^(?:datetime\.)?timedelta\( *(?<unit>[a-z]+) *= *(?<amount>\d+) *\)$/.exec(plain) ??
    /^PT?(?<amount>\d+)(?<unit>[DHMS])$/i.exec(plain);
  const { amount = "", unit = "" } = parts?.groups ?? {};
  if (WEEK.test(unit.toLowerCase())) return `${Number(amount) * 7}d`;
  const known = UNITS.get(unit.toLowerCase());
  return known === undefined ? undefined : `${amount}${known}`;
}
