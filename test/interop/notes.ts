import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** The file that handlers of both languages write to. */
export const NOTES_VARIABLE = "TASKWIRE_INTEROP_FILE";

/** One run as its handler saw it. */
export interface Note {
  /** Wire name. */
  readonly task: string;
  readonly id: string;
  /** 1 for the first run. */
  readonly attempt: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Values that JSON does not know, or that JSON would confuse, are tagged: `{ bytes }`, `{ bigint }`, `{ float }`. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** One line in one write, so that lines of several processes never mix. */
export function note(seen: Note): void {
  appendFileSync(process.env[NOTES_VARIABLE] ?? "", `${JSON.stringify(seen)}\n`);
}

export function notes(file: string): Note[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

/** The fields of an object as JSON can say them. */
export function plainly(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  if (value instanceof Date) return { datetime: value.toISOString() };
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "object" && value !== null ? plainly(value) : value;
}
