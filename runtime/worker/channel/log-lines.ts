import type { LogFields, Logger } from "../../base/logger.js";

/** Longest line, characters; fields that make it longer are left out. */
const LONGEST_LINE = 256 * 1024;
/** What remains then: strings up to this length, and the last fields up to this number. */
const LONGEST_SHORT = 1000;
const MOST_SHORT = 20;
const LEVELS = ["debug", "info", "warn", "error"] as const;

export interface LogLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that passes its lines to `write` as strings that parseLogLine reads. */
export function lineLogger(write: (text: string) => void): Logger {
  const line =
    (level: keyof Logger) =>
    (message: string, fields: LogFields = {}): void =>
      write(textOf({ level, message: String(message), fields }));
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** Undefined for a string that is not a line of a lineLogger. */
export function parseLogLine(text: string): LogLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof line !== "object" || line === null || !("message" in line) || !("fields" in line)) return undefined;
  const { message, fields } = line;
  const level = LEVELS.find((each) => "level" in line && line.level === each);
  if (level === undefined || typeof message !== "string" || !isFields(fields)) return undefined;
  return { level, message, fields };
}

function isFields(value: unknown): value is LogFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(line: LogLine): string {
  let text: string;
  try {
    text = JSON.stringify(line, plain);
  } catch (error) {
    return JSON.stringify({ ...line, fields: { unwritable: String(error), ...short(line.fields) } });
  }
  if (text.length <= LONGEST_LINE) return text;
  const message = line.message.slice(0, LONGEST_LINE / 8);
  return JSON.stringify({ ...line, message, fields: { leftOut: `${text.length} characters`, ...short(line.fields) } });
}

/** The fields that every line has room for: numbers and short strings. */
function short(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => typeof value === "number" || (typeof value === "string" && value.length <= LONGEST_SHORT))
      .slice(-MOST_SHORT),
  );
}

function plain(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? `${value.name}: ${value.message}`;
  return typeof value === "bigint" ? String(value) : value;
}
