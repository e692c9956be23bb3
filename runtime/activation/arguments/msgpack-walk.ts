import { Decoder } from "@msgpack/msgpack";

const decoder = new Decoder({ useBigInt64: true });
/** Larger values are not decoded. */
const LARGEST_VALUE_BYTES = 1024 * 1024;

/** Walks MessagePack that scanMsgpack has checked: every announced element is present. */
export class MsgpackWalk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Steps into a map or array and returns the number of its pairs or elements. Throws for anything else. */
  enter(kind: "map" | "array"): number {
    const type = this.#view.getUint8(this.#at);
    const [fixed, wide] = kind === "map" ? [0x80, 0xde] : [0x90, 0xdc];
    const { content, children } = this.#head();
    if ((type & 0xf0) !== fixed && type !== wide && type !== wide + 1) throw new Error(`expected a ${kind}`);
    this.#at = content;
    return kind === "map" ? children / 2 : children;
  }

  /** Decodes the next value; undefined: it is too large. */
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

  /** Where the content of the next value starts, how many values are inside, and the bytes of its own content. */
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
