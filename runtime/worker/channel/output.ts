import { StringDecoder } from "node:string_decoder";

/** A longer line is passed on in pieces, characters. */
const LONGEST_LINE = 64 * 1024;

type Written = (error?: Error | null) => void;

/**
 * Passes what is written to a stream to `carry` by lines instead of writing it. Returns a function that passes on a
 * last line without an end.
 */
export function carryLines(stream: NodeJS.WriteStream, carry: (line: string) => void): () => void {
  const decoder = new StringDecoder("utf8");
  let rest = "";

  const add = (text: string): void => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) carry(line);
    for (; rest.length > LONGEST_LINE; rest = rest.slice(LONGEST_LINE)) carry(rest.slice(0, LONGEST_LINE));
  };

  function write(chunk: Uint8Array | string, written?: Written): boolean;
  function write(chunk: Uint8Array | string, encoding?: BufferEncoding, written?: Written): boolean;
  function write(chunk: Uint8Array | string, encoding?: BufferEncoding | Written, written?: Written): boolean {
    const bytes =
      typeof chunk !== "string" ? chunk : typeof encoding === "string" ? Buffer.from(chunk, encoding) : undefined;
    add(bytes === undefined ? String(chunk) : decoder.write(Buffer.from(bytes)));
    const done = typeof encoding === "function" ? encoding : written;
    if (done !== undefined) queueMicrotask(() => done());
    return true;
  }
  stream.write = write;

  return () => {
    if (rest !== "") carry(rest);
    rest = "";
  };
}
