import { equals, selectArguments } from "../../activation/arguments/select.js";
import { decompressor } from "../../activation/encoding/zstd.js";
import type { ArgumentTerm } from "./filter.js";

/** Compares the parameters of activations with terms of a filter, all of which must match. */
export async function openArguments(terms: readonly ArgumentTerm[]): Promise<ArgumentMatcher> {
  return new ArgumentMatcher(terms, terms.length > 0 ? await decompressor() : (frame) => frame);
}

/** The terms of a filter that compare parameters. */
export class ArgumentMatcher {
  readonly #terms: readonly ArgumentTerm[];
  readonly #wanted: { readonly args: ReadonlySet<number>; readonly kwargs: ReadonlySet<string> };
  readonly #unpack: (frame: Uint8Array) => Uint8Array;

  /** `unpack` decompresses parameters. */
  constructor(terms: readonly ArgumentTerm[], unpack: (frame: Uint8Array) => Uint8Array) {
    this.#terms = terms;
    this.#wanted = {
      args: new Set(terms.flatMap(({ position }) => position ?? [])),
      kwargs: new Set(terms.flatMap(({ keyword }) => keyword ?? [])),
    };
    this.#unpack = unpack;
  }

  /** Whether the filter asks for parameters at all. */
  get needsPayload(): boolean {
    return this.#terms.length > 0;
  }

  /**
   * Compares as the kill switch does: by position or by keyword. Parameters that are not readable match nothing, nor do bytes
   * of another activation than `id`; undefined: of whichever.
   */
  matches(payload: Uint8Array, id: string | undefined): boolean {
    if (!this.needsPayload) return true;
    try {
      const { args, kwargs } = selectArguments(payload, id, this.#wanted, this.#unpack);
      return this.#terms.every(({ position, keyword, values }) =>
        values.some(
          (value) =>
            (position !== undefined && args.has(position) && equals(value, args.get(position))) ||
            (keyword !== undefined && kwargs.has(keyword) && equals(value, kwargs.get(keyword))),
        ),
      );
    } catch {
      return false;
    }
  }
}
