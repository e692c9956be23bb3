import type { JsonValue } from "../../../../runtime/operations/documents/controls.js";

/** A condition as it is typed into the form of a kill rule. */
export interface Condition {
  readonly name: string;
  readonly text: string;
}

/** The value of a condition: JSON where the text is that, else the text. Large integers stay exact as strings of digits. Exported for tests. */
export function conditionValue(text: string): JsonValue {
  const trimmed = text.trim();
  if (/^-?\d+$/.test(trimmed)) return Number.isSafeInteger(Number(trimmed)) ? Number(trimmed) : trimmed;
  try {
    const value: JsonValue = JSON.parse(trimmed);
    return value;
  } catch {
    return text;
  }
}

/** The conditions as the request has them; rows without a name and a value are left out. */
export function conditionsOf(rows: readonly Condition[]): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(
    rows.filter(({ name }) => name.trim() !== "").map(({ name, text }) => [name.trim(), conditionValue(text)]),
  );
}

/** What is wrong with the rows; undefined: nothing. */
export function conditionProblem(rows: readonly Condition[]): string | undefined {
  const named = rows.map(({ name }) => name.trim());
  const twice = named.find((name, at) => name !== "" && named.indexOf(name) < at);
  if (twice !== undefined) return `${twice} has two conditions; make a rule for each value`;
  const nameless = rows.find(({ name, text }) => name.trim() === "" && text.trim() !== "");
  return nameless === undefined ? undefined : `${nameless.text.trim()}: the name of its parameter is missing`;
}

/** End times that the form offers; `null`: until a person ends it. The first one is proposed. */
export const END_TIMES = [
  { label: "24 h", milliseconds: 24 * 3_600_000 },
  { label: "1 h", milliseconds: 3_600_000 },
  { label: "4 h", milliseconds: 4 * 3_600_000 },
  { label: "7 days", milliseconds: 7 * 24 * 3_600_000 },
  { label: "No end", milliseconds: null },
] as const;

/** The end time as the request has it: whole minutes; undefined: none. */
export function untilOf(milliseconds: number | null, now: number): string | undefined {
  if (milliseconds === null) return undefined;
  const minute = 60_000;
  return new Date(Math.ceil((now + milliseconds) / minute) * minute).toISOString();
}
