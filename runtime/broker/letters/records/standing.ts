import type { LetterState } from "../../../operations/documents/letter.js";
import type { Letter } from "./letter.js";
import type { Marker } from "./marker.js";

/** What the records of one letter say together: its newest copy and the marker that counts. */
export interface Standing {
  readonly letter: Letter | undefined;
  readonly marker: Marker | undefined;
}

/**
 * The standing after one more record. The order of records, and how often each comes, make no difference. The newest copy
 * counts, because it is the last one that a retention deletes.
 */
export function withLetter({ letter, marker }: Standing, next: Letter): Standing {
  return { letter: letter !== undefined && order(letter, next) > 0 ? letter : next, marker };
}

/** The same for a marker. One that says replayed wins over one that says purged, because the work was sent; then the first. */
export function withMarker({ letter, marker }: Standing, next: Marker): Standing {
  return { letter, marker: marker !== undefined && precedes(marker, next) ? marker : next };
}

export function stateOf({ marker }: Standing): LetterState {
  return marker?.resolution ?? "open";
}

function precedes(one: Marker, other: Marker): boolean {
  if (one.resolution !== other.resolution) return one.resolution === "replayed";
  return order(one, other) <= 0;
}

function order(one: { partition: number; offset: number }, other: { partition: number; offset: number }): number {
  return one.offset - other.offset || one.partition - other.partition;
}
