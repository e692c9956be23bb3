import { decodeActivation } from "../encoding/codec.js";
import { scanMsgpack } from "../parameter/scan.js";
import { MsgpackWalk } from "./msgpack-walk.js";

/** A value that an argument is compared with. Integers are bigints, so that none is rounded. */
export type ArgumentValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ArgumentValue[]
  | ReadonlyMap<string, ArgumentValue>;

/** The arguments of an activation that selectors ask for, as far as it has them. */
interface SelectedArguments {
  readonly args: ReadonlyMap<number, unknown>;
  readonly kwargs: ReadonlyMap<string, unknown>;
}

/**
 * The wanted arguments of an encoded TaskActivation; all others are skipped, not decoded. Throws when the activation or its
 * parameters are not readable, and when it has another id; undefined: it may have any.
 */
export function selectArguments(
  payload: Uint8Array,
  id: string | undefined,
  wanted: { readonly args: ReadonlySet<number>; readonly kwargs: ReadonlySet<string> },
  unpack: (frame: Uint8Array) => Uint8Array,
): SelectedArguments {
  const activation = decodeActivation(payload);
  // A record of a raw topic is not an activation, even if its bytes decode as one.
  if (id !== undefined && activation.id !== id) throw new Error("the record is not the activation");
  const compressed = activation.headers.get("compression-type") === "zstd";
  const bytes = compressed ? unpack(activation.parameters) : activation.parameters;
  const fault = scanMsgpack(bytes);
  if (fault !== undefined) throw new Error(fault);
  const args = new Map<number, unknown>();
  const kwargs = new Map<string, unknown>();
  const walk = new MsgpackWalk(bytes);
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

/** Whether a decoded value is the wanted one. Numbers compare by value: an integral float is sent as an integer. */
export function equals(wanted: ArgumentValue, found: unknown): boolean {
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
