import { Decoder } from "@msgpack/msgpack";
import { decodeActivation } from "../../activation/encoding/codec.js";
import { scanMsgpack } from "../../activation/parameter/scan.js";
import type { YamlValue } from "./parse.js";

/** The arguments of an activation that a selector asks for; what is not there is absent. */
export interface SelectedArguments {
  readonly args: ReadonlyMap<number, unknown>;
  readonly kwargs: ReadonlyMap<string, unknown>;
}

const decoder = new Decoder({ useBigInt64: true });
/** Larger arguments match nothing: no file of rules holds their like. */
const LARGEST_VALUE_BYTES = 1024 * 1024;

/**
 * The asked-for arguments of an encoded TaskActivation; the others are passed over, not built. Throws when the activation
 * or its parameters cannot be read.
 */
export function selectArguments(
  payload: Uint8Array,
  id: string,
  wanted: { readonly args: ReadonlySet<number>; readonly kwargs: ReadonlySet<string> },
  unpack: (frame: Uint8Array) => Uint8Array,
): SelectedArguments {
  const activation = decodeActivation(payload);
  // A record of a raw topic is no activation, whatever its bytes look like.
  if (activation.id !== id) throw new Error("the record is not the activation");
  const compressed = activation.headers.get("compression-type") === "zstd";
  const bytes = compressed ? unpack(activation.parameters) : activation.parameters;
  const fault = scanMsgpack(bytes);
  if (fault !== undefined) throw new Error(fault);
  const args = new Map<number, unknown>();
  const kwargs = new Map<string, unknown>();
  const walk = new Walk(bytes);
  for (let pairs = walk.enter("map"); pairs > 0; pairs -= 1) {
    const key = walk.value();
    if (key === "args") {
      const count = walk.enter("array");
      for (let index = 0; index < count; index += 1) {
        if (wanted.args.has(index)) args.set(index, walk.value());
        else walk.skip();
      }
    } else if (key === "kwargs") {
      for (let left = walk.enter("map"); left > 0; left -= 1) {
        const name = walk.value();
        if (typeof name === "string" && wanted.kwargs.has(name)) kwargs.set(name, walk.value());
        else walk.skip();
      }
    } else walk.skip();
  }
  return { args, kwargs };
}

/** Whether a decoded value is the one in the file. Numbers compare by value: an integral float travels as an integer. */
export function equals(wanted: YamlValue, found: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) && found.length === wanted.length && wanted.every((each, at) => equals(each, found[at]))
    );
  if (wanted instanceof Map) {
    if (typeof found !== "object" || found === null || Array.isArray(found) || ArrayBuffer.isView(found)) return false;
    const entries = Object.entries(found);
    return (
      entries.length === wanted.size &&
      entries.every(([key, each]) => wanted.has(key) && equals(wanted.get(key) ?? null, each))
    );
  }
  return exact(wanted) === exact(found);
}

function exact(value: unknown): unknown {
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}

/** Walks msgpack that scanMsgpack has passed: every announced element is there. */
class Walk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Steps into a map or array; the number of its pairs or elements. Throws for anything else. */
  enter(kind: "map" | "array"): number {
    const type = this.#view.getUint8(this.#at);
    const [fixed, wide] = kind === "map" ? [0x80, 0xde] : [0x90, 0xdc];
    const { content, children } = this.#head();
    if ((type & 0xf0) !== fixed && type !== wide && type !== wide + 1) throw new Error(`expected a ${kind}`);
    this.#at = content;
    return kind === "map" ? children / 2 : children;
  }

  /** The next value, decoded; undefined when it is too large for that. */
  value(): unknown {
    const start = this.#at;
    this.skip();
    if (this.#at - start > LARGEST_VALUE_BYTES) return undefined;
    return decoder.decode(this.#bytes.subarray(start, this.#at));
  }

  skip(): void {
    for (let left = 1; left > 0; left -= 1) {
      const { content, children, size } = this.#head();
      left += children;
      this.#at = content + size;
    }
  }

  /** Where the content of the next value starts, how many values are in it, and how many bytes of its own follow. */
  #head(): { content: number; children: number; size: number } {
    const view = this.#view;
    const type = view.getUint8(this.#at);
    const at = this.#at + 1;
    if (type <= 0x7f || type >= 0xe0) return { content: at, children: 0, size: 0 };
    if (type <= 0x8f) return { content: at, children: 2 * (type & 0x0f), size: 0 };
    if (type <= 0x9f) return { content: at, children: type & 0x0f, size: 0 };
    if (type <= 0xbf) return { content: at, children: 0, size: type & 0x1f };
    switch (type) {
      case 0xc4:
      case 0xd9:
        return { content: at + 1, children: 0, size: view.getUint8(at) };
      case 0xc5:
      case 0xda:
        return { content: at + 2, children: 0, size: view.getUint16(at) };
      case 0xc6:
      case 0xdb:
        return { content: at + 4, children: 0, size: view.getUint32(at) };
      case 0xdc:
        return { content: at + 2, children: view.getUint16(at), size: 0 };
      case 0xdd:
        return { content: at + 4, children: view.getUint32(at), size: 0 };
      case 0xde:
        return { content: at + 2, children: 2 * view.getUint16(at), size: 0 };
      case 0xdf:
        return { content: at + 4, children: 2 * view.getUint32(at), size: 0 };
      case 0xcc:
      case 0xd0:
        return { content: at, children: 0, size: 1 };
      case 0xcd:
      case 0xd1:
        return { content: at, children: 0, size: 2 };
      case 0xca:
      case 0xce:
      case 0xd2:
        return { content: at, children: 0, size: 4 };
      case 0xcb:
      case 0xcf:
      case 0xd3:
        return { content: at, children: 0, size: 8 };
      default:
        return { content: at, children: 0, size: 0 };
    }
  }
}
