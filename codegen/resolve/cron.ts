import { Cron } from "croner";
import cronstrue from "cronstrue";
import type { Entry } from "../language/index.js";
import type { Problems } from "../problem.js";
import { quoted } from "../read/node.js";
import { nearest } from "../suggest.js";

const UNIT = String.raw`(?:\*|(?:\d{1,2}|[A-Za-z]{3})(?:-(?:\d{1,2}|[A-Za-z]{3}))?)(?:/\d{1,2})?`;
/** Numbers, names of months and days, `*`, ranges, steps and lists: what every cron means the same by. */
const FIELD = new RegExp(`^${UNIT}(?:,${UNIT})*$`);
const LONGEST = 200;
/** The search for a first slot starts here, so that a schema is as valid tomorrow as today. */
const SOME_DAY = new Date("2024-01-01T00:00:00Z");

/** The expression with single spaces. Undefined when it is none, or never comes true; that is then reported. */
export function checkCron(entry: Entry<string>, problems: Problems): string | undefined {
  const refuse = (expected: string, wayOut?: string): undefined => {
    problems.add(entry.place, { code: "bad_schedule", path: entry.path, expected, got: quoted(entry.value), wayOut });
    return undefined;
  };
  const expression = entry.value.trim().split(/\s+/).join(" ");
  const fields = expression.split(" ");
  if (fields.length !== 5 || expression.length > LONGEST) {
    const nickname = expression.startsWith("@") ? "write the five fields out" : undefined;
    const seconds = fields.length === 6 ? "there is no field of seconds; use every for short periods" : undefined;
    return refuse("five fields: minute, hour, day of month, month, day of week", nickname ?? seconds);
  }
  const wrong = fields.find((field) => !FIELD.test(field));
  if (wrong !== undefined) return refuse("fields of numbers, names, *, ranges, steps and lists", `"${wrong}" is none`);
  try {
    if (new Cron(expression, { mode: "5-part", timezone: "UTC", paused: true }).nextRun(SOME_DAY) === null) {
      return refuse("an expression that comes true some day", "no month has such a day");
    }
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return refuse("a cron expression", error.message.replace(/^CronPattern: (Syntax error, )?/, "").replace(/\.$/, ""));
  }
  return expression;
}

/** The expression in English. */
export function cronWords(expression: string): string {
  return cronstrue.toString(expression, { use24HourTimeFormat: true });
}

/** Reports a timezone that there is not. */
export function checkTimezone(entry: Entry<string>, problems: Problems): void {
  // Offsets know no summer time, and abbreviations mean several zones; the names of places have a slash.
  const named = /^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/.test(entry.value);
  if (named && exists(entry.value)) return;
  const near = nearest(entry.value, ["UTC", ...Intl.supportedValuesOf("timeZone")]);
  problems.add(entry.place, {
    code: "bad_schedule",
    path: entry.path,
    expected: "an IANA timezone such as UTC or Europe/Berlin",
    got: quoted(entry.value),
    wayOut: near === undefined ? undefined : `did you mean "${near}"?`,
  });
}

function exists(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: timezone });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
