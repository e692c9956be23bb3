import { pino } from "pino";
import type { LogFields, Logger } from "../../base/logger.js";
import { coloursWanted } from "./colours.js";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/**
 * Readable lines on a terminal, JSON lines in a pipe; always to stderr. `prefix` is for the terminal. Lines below the
 * level of TASKWIRE_LOG_LEVEL (debug, info, warn or error; default and anything else: info) are left out; a level that
 * does not exist is warned of.
 */
export function processLogger(prefix = "", stream: NodeJS.WriteStream = process.stderr): Logger {
  const write = (line: string) => void stream.write(line);
  const logger = stream.isTTY ? textLogger(prefix, coloursWanted(process.env), write) : jsonLogger({ write });
  warnOfLevel(process.env.TASKWIRE_LOG_LEVEL, logger);
  return fromLevel(process.env.TASKWIRE_LOG_LEVEL, logger);
}

/** A user of an unknown level would wait for its lines in vain. */
export function warnOfLevel(level: string | undefined, logger: Logger): void {
  if (level === undefined || level === "" || LEVELS.some((each) => each === level)) return;
  logger.warn(`TASKWIRE_LOG_LEVEL: expected ${LEVELS.join(", ")}, got "${level}"; using info`);
}

/** Whether lines of that level are not left out. */
export function logs(level: (typeof LEVELS)[number], lowest = process.env.TASKWIRE_LOG_LEVEL): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(LEVELS.find((each) => each === lowest) ?? "info");
}

/** The logger without the lines below a level. */
export function fromLevel(lowest: string | undefined, logger: Logger): Logger {
  const line = (level: (typeof LEVELS)[number]) => (logs(level, lowest) ? logger[level] : () => {});
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** One JSON object a line: `level`, `time` (ISO 8601), the fields, then `message`. Exported for tests. */
export function jsonLogger(destination: { write(line: string): void }): Logger {
  const logger = pino(
    {
      level: "debug",
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }), log: plainFields },
    },
    destination,
  );
  const line =
    (level: "debug" | "info" | "warn" | "error") =>
    (message: string, fields: LogFields = {}) =>
      logger[level](fields, message);
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** One line per event; a field `stack` follows on its own lines. */
export function textLogger(prefix: string, colours: boolean, write: (line: string) => void): Logger {
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line =
    (level: string, colour: number) =>
    (message: string, fields: LogFields = {}) => {
      const time = new Date().toISOString().slice(11, 23);
      const { stack, ...others } = plainFields(fields);
      const details = Object.entries(others)
        .filter(([, value]) => value !== undefined)
        .map(
          ([name, value]) =>
            ` ${paint(2, `${name}=`)}${typeof value === "string" ? oneLine(value) : oneLine(json(value))}`,
        )
        .join("");
      const below = stack === undefined ? "" : indented(typeof stack === "string" ? stack : json(stack));
      write(`${paint(2, time)} ${prefix}${paint(colour, level)} ${oneLine(message)}${details}\n${below}`);
    };
  return { debug: line("debug", 35), info: line("info ", 36), warn: line("warn ", 33), error: line("error", 31) };
}

/** Each line after a margin that no line of the log itself has. */
function indented(text: string): string {
  return text
    .split("\n")
    .map((line) => `    | ${oneLine(line)}\n`)
    .join("");
}

/** Errors become their stack, bigints their digits. */
function plainFields(fields: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => {
      if (value instanceof Error) return [name, value.stack ?? value.message];
      return [name, typeof value === "bigint" ? String(value) : value];
    }),
  );
}

function json(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? String(inner) : inner)) ?? "";
}

/** Control characters, line separators and direction marks would end the line or rule the terminal. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** The text with all that a terminal could act on escaped as in JSON. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, (found) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[found];
    return short ?? `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
