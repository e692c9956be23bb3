import { pino } from "pino";
import type { LogFields, Logger } from "../base/logger.js";
import { coloursWanted } from "./colours.js";

const LEVELS = ["debug", "info", "warn", "error"] as const;

/**
 * Readable lines on a terminal, JSON lines in a pipe; always to stderr. `prefix` is for the terminal. Lines below the
 * level of TASKWIRE_LOG_LEVEL (debug, info, warn or error; default and anything else: info) are left out.
 */
export function processLogger(prefix = "", stream: NodeJS.WriteStream = process.stderr): Logger {
  const write = (line: string) => void stream.write(line);
  const logger = stream.isTTY ? textLogger(prefix, coloursWanted(process.env), write) : jsonLogger({ write });
  return fromLevel(process.env.TASKWIRE_LOG_LEVEL, logger);
}

/** The logger without the lines below a level. */
export function fromLevel(lowest: string | undefined, logger: Logger): Logger {
  const first = LEVELS.indexOf(LEVELS.find((level) => level === lowest) ?? "info");
  const line = (level: (typeof LEVELS)[number]) => (LEVELS.indexOf(level) < first ? () => {} : logger[level]);
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** One JSON object a line: `level`, `time` (ISO 8601), the fields, then `message`. */
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

export function textLogger(prefix: string, colours: boolean, write: (line: string) => void): Logger {
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line =
    (level: string, colour: number) =>
    (message: string, fields: LogFields = {}) => {
      const time = new Date().toISOString().slice(11, 23);
      const details = Object.entries(plainFields(fields))
        .filter(([, value]) => value !== undefined)
        .map(
          ([name, value]) =>
            ` ${paint(2, `${name}=`)}${typeof value === "string" ? oneLine(value) : oneLine(json(value))}`,
        )
        .join("");
      write(`${paint(2, time)} ${prefix}${paint(colour, level)} ${oneLine(message)}${details}\n`);
    };
  return { debug: line("debug", 35), info: line("info ", 36), warn: line("warn ", 33), error: line("error", 31) };
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
