import type { z } from "zod";

/** Parameters as an activation carries them. */
export interface WireParameters {
  /** `parameters_bytes`: msgpack, in a zstd frame when compressed. */
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
  /** JSON of older producers, read when `bytes` is empty. */
  readonly json?: string;
}

/** The parameters of one task: P is what a handler gets, I what a caller gives. */
export interface Parameters<P, I> {
  readonly schema: z.ZodType<P, I>;
  /** Checks strictly (unknown key = error), defaults applied. Throws ParameterError that names `task`. */
  check(task: string, input: I): P;
  /** Checks and encodes. Throws ParameterError. */
  write(task: string, input: I): Uint8Array;
  /** Reads tolerantly (unknown keys are dropped) and checks. Rejects with ParameterError. */
  read(task: string, wire: WireParameters): Promise<P>;
  /** The same of parameters that are not compressed, without a promise. Throws ParameterError. Absent: only `read` reads them. */
  readPlain?(task: string, wire: WireParameters): P;
  /** Checks what JSON can say: bigint as number or text, bytes as base64, datetime as ISO 8601. Throws ParameterError. */
  fromJson(task: string, json: unknown): I;
}
