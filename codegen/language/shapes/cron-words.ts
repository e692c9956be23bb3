const NICKNAMES: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** The five fields that a nickname such as `@daily` stands for. */
export function nicknamed(text: string): string | undefined {
  return NICKNAMES.get(text.trim().toLowerCase());
}

interface CronField {
  readonly name: string;
  readonly lowest: number;
  readonly highest: number;
  /** Names of the numbers from the lowest on. */
  readonly names: readonly string[];
}

export const CRON_FIELDS: readonly CronField[] = [
  { name: "minute", lowest: 0, highest: 59, names: [] },
  { name: "hour", lowest: 0, highest: 23, names: [] },
  { name: "day of month", lowest: 1, highest: 31, names: [] },
  {
    name: "month",
    lowest: 1,
    highest: 12,
    names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
  },
  { name: "day of week", lowest: 0, highest: 7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] },
];

/** What is wrong with one field of an expression. */
interface CronFault {
  readonly expected: string;
  readonly got: string;
}

const PART = /^(?<from>\*|\w+)(?:-(?<to>\w+))?(?:\/(?<step>\d+))?$/;

/** The first fault of a field; undefined when it is a list of numbers, names, ranges and steps within its bounds. */
export function faultIn(text: string, field: CronField): CronFault | undefined {
  const words = inWords(field);
  const fault = (expected: string, got: string): CronFault => ({ expected: `${field.name}: ${expected}`, got });
  for (const part of text.split(",")) {
    const { from = "", to, step } = PART.exec(part)?.groups ?? {};
    if (part === "?") return fault("* for any", "?");
    const named = field.names.find((name) => from.length > 3 && from.toUpperCase().startsWith(name));
    if (named !== undefined) return fault(`the name ${named}`, from);
    if (from === "" || (from === "*" && to !== undefined))
      return fault(
        `${words}, *, a range such as ${field.lowest}-${field.lowest + 2}, or a step such as */5`,
        part === "" ? "nothing" : part,
      );
    const [low, high] = [numberOf(from, field), to === undefined ? undefined : numberOf(to, field)];
    if (from !== "*" && low === undefined) return fault(words, from);
    if (to !== undefined && high === undefined) return fault(words, to);
    if (low !== undefined && high !== undefined && high < low)
      return fault(`a range from a lower to a higher number`, `${from}-${to ?? ""}`);
    const steps = field.highest - field.lowest + 1;
    if (step !== undefined && (Number(step) < 1 || Number(step) > steps))
      return fault(`a step from 1 to ${steps}`, `/${step}`);
    if (step !== undefined && from !== "*" && to === undefined)
      return fault(`a step behind * or a range, such as ${from}-${field.highest}/${step}`, part);
  }
  return undefined;
}

function inWords({ lowest, highest, names }: CronField): string {
  const [first] = names;
  return `a number from ${lowest} to ${highest}${first === undefined ? "" : ` or a name such as ${names.slice(0, 2).join(", ")}`}`;
}

function numberOf(text: string, { lowest, highest, names }: CronField): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + lowest;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return value >= lowest && value <= highest ? value : undefined;
}
