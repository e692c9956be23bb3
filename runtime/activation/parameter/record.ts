import { Decoder, Encoder } from "@msgpack/msgpack";
import { z } from "zod";
import { messageOf } from "../../base/errors.js";
import { exactJson } from "../../base/exact-json.js";
import { decompress } from "../encoding/zstd.js";
import { ParameterError } from "../errors.js";
import type { Parameters, WireParameters } from "../parameters.js";
import { formerNames } from "./former-names.js";
import { IllFormedTextError, lower } from "./lower.js";
import { problemsOf, show } from "./problems.js";
import { isMap, jsonReader, raiser } from "./raise.js";
import { ofThisRealm } from "./realm.js";
import { DEEPEST, MOST_VALUES, scanJson, scanMsgpack } from "./scan.js";

/** A zod schema for each field, in the declared order: positional arguments are bound by it. */
type Fields<P, I> = { readonly [Name in keyof P & keyof I]-?: z.ZodType<P[Name], I[Name]> };

const encoder = new Encoder({ useBigInt64: true, ignoreUndefined: true, maxDepth: DEEPEST });
const decoder = new Decoder({ useBigInt64: true, mapKeyConverter: mapKey });

/** A record of `types`. It is strict: a producer's misspelt field is an error. */
export function object<P, I>(fields: Fields<P, I>): z.ZodType<P, I> {
  return strict(fields);
}

/** The parameters of a task. Built when first used, once. */
export function record<P, I>(fields: Fields<P, I>): Parameters<P, I> {
  const schema = strict(fields);
  const names = Object.entries<z.ZodType>(fields).map(([name, field]) => [name, ...formerNames(field)]);
  const raise = raiser(schema);
  const readPlain = (task: string, wire: WireParameters) =>
    check(task, schema, raise(bind(task, names, decode(task, wire))));
  return {
    schema,
    check: (task, input) => check(task, schema, input ?? {}),
    write(task, input) {
      const checked = check(task, schema, input ?? {});
      let bytes: Uint8Array;
      try {
        bytes = encoder.encode({ args: [], kwargs: lower(checked) });
      } catch (error) {
        throw uncarried(task, messageOf(error), error, error instanceof IllFormedTextError ? error.path : []);
      }
      // Shorter ones cannot contain more values than that.
      const fault = bytes.length > MOST_VALUES ? scanMsgpack(bytes) : undefined;
      if (fault !== undefined) throw uncarried(task, fault);
      return bytes;
    },
    async read(task, wire) {
      return readPlain(task, wire.compressed ? await decompressed(task, wire) : wire);
    },
    readPlain,
    fromJson(task, json) {
      const input = jsonReader(schema)(json);
      check(task, schema, input);
      // Checked by the line before.
      return input as I;
    },
  };
}

function uncarried(
  task: string,
  found: string,
  cause?: unknown,
  at: readonly (string | number)[] = [],
): ParameterError {
  const expected = at.length === 0 ? "parameters that a worker can decode" : "a value that a worker can decode";
  return new ParameterError(task, [{ path: at.join("."), expected, found }], { cause });
}

/** Map keys are strings. Python dicts may have integer keys of any size; these become their digits. */
function mapKey(key: unknown): string {
  if (typeof key === "string") return key;
  if (typeof key === "bigint" || (typeof key === "number" && Number.isSafeInteger(key))) return String(key);
  throw new TypeError(`a map key is neither a string nor an integer: ${show(key)}`);
}

function strict<P, I>(fields: Fields<P, I>): z.ZodType<P, I> {
  const shape: Record<string, z.ZodType> = { ...fields };
  // TypeScript cannot relate the shape's own types to P and I; Fields<P, I> has related each field.
  return z.strictObject(shape) as unknown as z.ZodType<P, I>;
}

function check<P, I>(task: string, schema: z.ZodType<P, I>, input: unknown): P {
  let result = schema.safeParse(input);
  if (result.success) return result.data;
  const native = ofThisRealm(input);
  if (native !== input) result = schema.safeParse(native);
  if (result.success) return result.data;
  throw new ParameterError(task, problemsOf(schema, input, result.error.issues), { cause: result.error });
}

interface Call {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
}

/** The parameters, out of their zstd frame. */
async function decompressed(task: string, wire: WireParameters): Promise<WireParameters> {
  if (wire.bytes.length === 0) return wire;
  try {
    return { ...wire, bytes: await decompress(wire.bytes) };
  } catch (error) {
    throw unreadable(task, messageOf(error), error);
  }
}

function decode(task: string, { bytes, json }: WireParameters): Call {
  let call: unknown;
  try {
    if (bytes.length > 0) {
      const fault = scanMsgpack(bytes);
      if (fault !== undefined) throw unreadable(task, `${bytes.length} bytes that cannot be read: ${fault}`);
      call = decoder.decode(bytes);
    } else if (json !== undefined) {
      const fault = scanJson(json);
      if (fault !== undefined) throw unreadable(task, `JSON that cannot be read: ${fault}`);
      call = exactJson(json);
    } else return { args: [], kwargs: {} };
  } catch (error) {
    throw error instanceof ParameterError ? error : unreadable(task, messageOf(error), error);
  }
  if (!isMap(call)) throw unreadable(task, show(call));
  const { args = [], kwargs = {} } = call;
  if (!Array.isArray(args) || !isMap(kwargs)) throw unreadable(task, show(call));
  return { args, kwargs };
}

function unreadable(task: string, found: string, cause?: unknown): ParameterError {
  return new ParameterError(task, [{ path: "", expected: "parameters as msgpack of { args, kwargs }", found }], {
    cause,
  });
}

/** Binds positional arguments to the declared names in order. Each name is listed with its former ones. */
function bind(task: string, names: readonly (readonly string[])[], { args, kwargs }: Call): Record<string, unknown> {
  if (args.length > names.length) {
    throw new ParameterError(task, [
      {
        path: "",
        expected: `at most ${names.length} positional arguments${names.length === 0 ? "" : ` (${names.join(", ")})`}`,
        found: String(args.length),
      },
    ]);
  }
  const bound: Record<string, unknown> = { ...kwargs };
  args.forEach((value, index) => {
    const [name = "", ...former] = names[index] ?? [];
    if ([name, ...former].some((each) => Object.hasOwn(kwargs, each))) {
      throw new ParameterError(task, [
        { path: name, expected: "one value", found: "both a positional and a named one" },
      ]);
    }
    bound[name] = value;
  });
  return bound;
}
