import { jsonLogger, type LogFields, type Logger } from "../base/logger.js";

/** Readable lines on a terminal, JSON lines in a pipe; always to stderr. */
export function processLogger(prefix = "", stream: NodeJS.WriteStream = process.stderr): Logger {
  if (!stream.isTTY) return jsonLogger();
  const colours = process.env.NO_COLOR === undefined;
  const paint = (code: number, text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  const line =
    (level: string, colour: number) =>
    (message: string, fields: LogFields = {}) => {
      const time = new Date().toISOString().slice(11, 23);
      const details = Object.entries(fields)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => `${paint(2, `${name}=`)}${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(" ");
      stream.write(`${paint(2, time)} ${prefix}${paint(colour, level)} ${message} ${details}\n`);
    };
  return { info: line("info ", 36), warn: line("warn ", 33), error: line("error", 31) };
}
