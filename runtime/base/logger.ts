/** What a process says while it runs. One call is one line; `fields` are plain values. */
export interface Logger {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, unknown>>;

export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} };
