/** What a process says while it runs. One call is one line; `fields` are plain values. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

/** One JSON object a line: `time`, `level`, `message`, then the fields. Default: to stderr. */
export function jsonLogger(write: (line: string) => void = (line) => void process.stderr.write(line)): Logger {
  const line = (level: string) => (message: string, fields?: LogFields) =>
    write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }, plain)}\n`);
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };

function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Error) return value.stack ?? value.message;
  return value;
}
