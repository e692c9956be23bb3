import type { LogRecord } from "./port.js";

/** Bytes of key, headers and value. */
export function sizeOf({ key, headers, value }: LogRecord): number {
  if (key === undefined && headers === undefined) return value.length;
  const text = headersText(headers);
  return (
    (key === undefined ? 0 : Buffer.byteLength(key)) + (text === undefined ? 0 : Buffer.byteLength(text)) + value.length
  );
}

/** Headers as they are stored in a record: a JSON object of strings; undefined when there are none. */
export function headersText(headers: Readonly<Record<string, string>> | undefined): string | undefined {
  for (const _ in headers) return JSON.stringify(headers);
  return undefined;
}
