/** Bounds of the index: what goes beyond them is only counted. Separate from the file, which only its thread opens. */
export interface IndexLimits {
  /** Letters that are kept, and markers without their letter. */
  readonly letters: number;
  readonly bytes: number;
}

export const INDEX_LIMITS: IndexLimits = { letters: 500_000, bytes: 256 * 1024 * 1024 };
