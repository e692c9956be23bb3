import { Cron } from "croner";
import cronstrue from "cronstrue";
import { nearest } from "taskwire/model";
import type { Entry } from "../../language/index.js";
import { CRON_FIELDS, faultIn, nicknamed } from "../../language/shapes/cron-words.js";
import type { Problems } from "../../problem/problem.js";
import { quoted } from "../../read/node.js";

const LONGEST = 200;
const ORDER = CRON_FIELDS.map(({ name }) => name).join(", ");
/** The search for a first slot starts here, so that a schema is as valid tomorrow as today. */
const SOME_DAY = new Date("2024-01-01T00:00:00Z");

/** The expression with single spaces. Undefined when it is invalid or never matches, which is then reported. */
export function checkCron(entry: Entry<string>, problems: Problems): string | undefined {
  const refuse = (expected: string, hint?: string): undefined => {
    problems.add(entry.place, { code: "bad_schedule", path: entry.path, expected, got: quoted(entry.value), hint });
    return undefined;
  };
  const expression = entry.value.trim().split(/\s+/).join(" ");
  const fields = expression.split(" ");
  if (fields.length !== 5 || expression.length > LONGEST) {
    const meant = nicknamed(expression);
    const seconds = fields.length === 6 ? "there is no field for seconds; use every for short periods" : undefined;
    return refuse(`five fields: ${ORDER}`, meant === undefined ? seconds : `write "${meant}"`);
  }
  for (const [index, field] of CRON_FIELDS.entries()) {
    const fault = faultIn(fields[index] ?? "", field);
    if (fault === undefined) continue;
    problems.add(entry.place, {
      code: "bad_schedule",
      path: entry.path,
      expected: fault.expected,
      got: `"${fault.got}" in ${quoted(expression)}`,
      hint: `the fields are ${ORDER}`,
    });
    return undefined;
  }
  try {
    if (new Cron(expression, { mode: "5-part", timezone: "UTC", paused: true }).nextRun(SOME_DAY) !== null)
      return expression;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    return refuse("a cron expression", `the fields are ${ORDER}; write them without a shorthand`);
  }
  return refuse("a date that exists", "the expression never matches: none of its months has such a day");
}

/** The expression in English. */
export function cronWords(expression: string): string {
  return cronstrue.toString(expression, { use24HourTimeFormat: true });
}

/** Reports an unknown timezone. */
export function checkTimezone(entry: Entry<string>, problems: Problems): void {
  // Offsets ignore daylight saving time, and an abbreviation stands for several zones; names of places have a slash.
  const named = /^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/.test(entry.value);
  if (named && exists(entry.value)) return;
  const all = ["UTC", ...Intl.supportedValuesOf("timeZone")];
  const place = entry.value.trim().toLowerCase().replaceAll(" ", "_");
  const near = all.find((zone) => zone.toLowerCase().split("/").at(-1) === place) ?? nearest(entry.value, all);
  problems.add(entry.place, {
    code: "bad_schedule",
    path: entry.path,
    expected: "an IANA timezone such as UTC or Europe/Berlin",
    got: quoted(entry.value),
    hint:
      near === undefined
        ? "name a place: offsets and abbreviations ignore daylight saving time"
        : `did you mean "${near}"?`,
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
