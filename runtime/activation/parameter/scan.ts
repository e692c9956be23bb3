/** Deepest nesting of parameters. */
const DEEPEST = 512;

/** Length in bytes of what follows a fixed-size type byte (0xc0 to 0xdf); -1: refused, -2: its own length follows. */
function fixedSize(type: number): number {
  if (type === 0xc0 || type === 0xc2 || type === 0xc3) return 0;
  if (type === 0xcc || type === 0xd0) return 1;
  if (type === 0xcd || type === 0xd1) return 2;
  if (type === 0xca || type === 0xce || type === 0xd2) return 4;
  if (type === 0xcb || type === 0xcf || type === 0xd3) return 8;
  return -1;
}

/**
 * Walks msgpack without building anything; returns what is wrong with it, undefined when it may be decoded: every
 * announced element has its byte, no extension types, no deep nesting. A decoder would reserve memory for the claims.
 */
export function scanMsgpack(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = bytes.length;
  /** Elements still to come, per open container. */
  const open: number[] = [1];
  let owed = 1;
  let at = 0;
  while (owed > 0) {
    while (open.at(-1) === 0) open.pop();
    const remaining = open.at(-1);
    if (remaining === undefined) break;
    open[open.length - 1] = remaining - 1;
    owed -= 1;
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
    at += skip;
    owed += children;
    if (at > size || owed > size - at) return "it announces more than it holds";
    if (children > 0) {
      open.push(children);
      if (open.length > DEEPEST) return `it is nested deeper than ${DEEPEST}`;
    }
  }
  return at === size ? undefined : "bytes follow its end";
}
