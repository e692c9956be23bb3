import { DEEPEST, MOST_VALUES } from "../parameter/scan.js";

/** A value of an extension type, which Taskwire neither writes nor hands to workers. */
export class Extension {
  readonly type: number;
  readonly bytes: Uint8Array;

  constructor(type: number, bytes: Uint8Array) {
    this.type = type;
    this.bytes = bytes;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads any msgpack for people to look at, what workers refuse included: extension types, and maps with keys of any kind,
 * which are named by their text. Maps are objects without a prototype, integers beyond ±(2^53 - 1) bigints, strings that are
 * not UTF-8 bytes. Throws for bytes that end too early, for bytes behind the end, for deep nesting and too many values.
 */
export function readMsgpack(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.left > 0) throw new Error(`${reader.left} bytes follow the end of the parameters`);
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  value(depth: number): unknown {
    this.#values += 1;
    if (this.#values > MOST_VALUES) throw new Error(`the parameters hold more than ${MOST_VALUES} values`);
    if (depth > DEEPEST) throw new Error(`the parameters are nested deeper than ${DEEPEST}`);
    const type = this.#view.getUint8(this.#take(1));
    if (type <= 0x7f) return type;
    if (type <= 0x8f) return this.#map(type & 0x0f, depth);
    if (type <= 0x9f) return this.#list(type & 0x0f, depth);
    if (type <= 0xbf) return this.#text(type & 0x1f);
    if (type >= 0xe0) return type - 0x100;
    return this.#typed(type, depth);
  }

  #typed(type: number, depth: number): unknown {
    const view = this.#view;
    switch (type) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#slice(this.#length(type - 0xc4));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#length(type - 0xc7));
      case 0xca:
        return view.getFloat32(this.#take(4));
      case 0xcb:
        return view.getFloat64(this.#take(8));
      case 0xcc:
        return view.getUint8(this.#take(1));
      case 0xcd:
        return view.getUint16(this.#take(2));
      case 0xce:
        return view.getUint32(this.#take(4));
      case 0xcf:
        return integer(view.getBigUint64(this.#take(8)));
      case 0xd0:
        return view.getInt8(this.#take(1));
      case 0xd1:
        return view.getInt16(this.#take(2));
      case 0xd2:
        return view.getInt32(this.#take(4));
      case 0xd3:
        return integer(view.getBigInt64(this.#take(8)));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#length(type - 0xd9));
      case 0xdc:
      case 0xdd:
        return this.#list(this.#length(type - 0xdb), depth);
      case 0xde:
      case 0xdf:
        return this.#map(this.#length(type - 0xdd), depth);
      case 0xc1:
        throw new Error("the parameters hold the byte c1, which msgpack does not use");
      default:
        return this.#extension(2 ** (type - 0xd4));
    }
  }

  /** A length of 1, 2 or 4 bytes. */
  #length(width: number): number {
    if (width === 0) return this.#view.getUint8(this.#take(1));
    return width === 1 ? this.#view.getUint16(this.#take(2)) : this.#view.getUint32(this.#take(4));
  }

  #list(count: number, depth: number): unknown[] {
    this.#announced(count);
    const list: unknown[] = [];
    while (list.length < count) list.push(this.value(depth + 1));
    return list;
  }

  #map(count: number, depth: number): object {
    this.#announced(2 * count);
    const map: Record<string, unknown> = Object.create(null);
    for (let left = count; left > 0; left -= 1) {
      const key = keyOf(this.value(depth + 1));
      map[key] = this.value(depth + 1);
    }
    return map;
  }

  #text(size: number): string | Uint8Array {
    const bytes = this.#slice(size);
    try {
      return utf8.decode(bytes);
    } catch {
      return bytes;
    }
  }

  #extension(size: number): Extension {
    const type = this.#view.getInt8(this.#take(1));
    return new Extension(type, this.#slice(size));
  }

  /** Every announced element has at least a byte. */
  #announced(count: number): void {
    if (count > this.left) throw new Error("the parameters announce more values than they have bytes");
  }

  #slice(size: number): Uint8Array {
    const start = this.#take(size);
    return this.#bytes.subarray(start, start + size);
  }

  /** Where the next bytes begin. */
  #take(size: number): number {
    const start = this.#at;
    if (size > this.left) throw new Error("the parameters end too early");
    this.#at += size;
    return start;
  }
}

function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function keyOf(key: unknown): string {
  if (typeof key === "string") return key;
  if (key instanceof Uint8Array) return `0x${Buffer.from(key).toString("hex")}`;
  return typeof key === "object" && key !== null ? "[a map or list]" : String(key);
}
