import { isUtf8 } from "node:buffer";

/** Deepest nesting of parameters. */
export const DEEPEST = 512;
/**
 * Most values in parameters, keys included. A value of one byte may take a hundred times as much memory once it is
 * decoded, and runs share the memory of their process.
 */
export const MOST_VALUES = 2_000_000;
/** Strings up to this length are checked here, because a call for each would cost more. */
const SHORT_TEXT = 64;

/** Bytes that follow a fixed-size type byte (0xc0 to 0xdf); -1: refused; -2: the length follows. */
function fixedSize(type: number): number {
  if (type === 0xc0 || type === 0xc2 || type === 0xc3) return 0;
  if (type === 0xcc || type === 0xd0) return 1;
  if (type === 0xcd || type === 0xd1) return 2;
  if (type === 0xca || type === 0xce || type === 0xd2) return 4;
  if (type === 0xcb || type === 0xcf || type === 0xd3) return 8;
  return -1;
}

/**
 * Scans msgpack without building values. Returns what is wrong with it; undefined when it may be decoded: every announced
 * element has at least a byte, strings are UTF-8, no extension types, no deep nesting, not too many values. A decoder
 * would reserve memory for announced elements and replace invalid UTF-8.
 */
export function scanMsgpack(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  /** Elements still to come, per open container. */
  const open: number[] = [1];
  let owed = 1;
  let values = 0;
  let at = 0;
  while (owed > 0) {
    while (open.at(-1) === 0) open.pop();
    const remaining = open.at(-1);
    if (remaining === undefined) break;
    open[open.length - 1] = remaining - 1;
    owed -= 1;
    values += 1;
    if (values > MOST_VALUES) return `it holds more than ${MOST_VALUES} values`;
    const type = bytes[at];
    if (type === undefined) return "it ends too early";
    at += 1;
    let skip = 0;
    let children = 0;
    if (type <= 0x7f || type >= 0xe0) skip = 0;
    else if (type <= 0x8f) children = 2 * (type & 0x0f);
    else if (type <= 0x9f) children = type & 0x0f;
    else if (type <= 0xbf) skip = type & 0x1f;
    else if (
      type === 0xc4 ||
      type === 0xd9 ||
      type === 0xc5 ||
      type === 0xda ||
      type === 0xc6 ||
      type === 0xdb ||
      (type >= 0xdc && type <= 0xdf)
    ) {
      const width =
        type === 0xc4 || type === 0xd9 ? 1 : type === 0xc5 || type === 0xda || type === 0xdc || type === 0xde ? 2 : 4;
      if (at + width > size) return "it ends too early";
      const length = width === 1 ? view.getUint8(at) : width === 2 ? view.getUint16(at) : view.getUint32(at);
      at += width;
      if (type >= 0xde) children = 2 * length;
      else if (type >= 0xdc) children = length;
      else skip = length;
    } else {
      skip = fixedSize(type);
      if (skip < 0) return "it holds an extension type";
    }
    const start = at;
    at += skip;
    owed += children;
    if (at > size || owed > size - at) return "it announces more than it holds";
    if (skip > 0 && isText(type) && !isWellFormed(bytes, start, at)) return "it holds a string that is not UTF-8";
    if (children > 0) {
      open.push(children);
      if (open.length > DEEPEST) return `it is nested deeper than ${DEEPEST}`;
    }
  }
  return at === size ? undefined : "bytes follow its end";
}

function isText(type: number): boolean {
  return (type >= 0xa0 && type <= 0xbf) || (type >= 0xd9 && type <= 0xdb);
}

function isWellFormed(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= SHORT_TEXT) {
    let at = start;
    while (at < end && (bytes[at] ?? 0) < 0x80) at += 1;
    if (at === end) return true;
  }
  return isUtf8(bytes.subarray(start, end));
}

/** The same for the JSON of older producers: deep nesting and too many values. Its syntax is left to the parser. */
export function scanJson(text: string): string | undefined {
  let depth = 0;
  let values = 1;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (quoted) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) quoted = false;
    } else if (code === QUOTE) quoted = true;
    else if (code === OPEN_LIST || code === OPEN_MAP) {
      depth += 1;
      values += 1;
      if (depth > DEEPEST) return `it is nested deeper than ${DEEPEST}`;
    } else if (code === CLOSE_LIST || code === CLOSE_MAP) depth -= 1;
    else if (code === COMMA || code === COLON) values += 1;
    if (values > MOST_VALUES) return `it holds more than ${MOST_VALUES} values`;
  }
  return undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_MAP = 0x7b;
const CLOSE_MAP = 0x7d;
