import type { Clock } from "../../../base/clock.js";
import type { LetterReading } from "../../../operations/documents/letter.js";
import { OperationError } from "../../../operations/errors.js";
import type { Feeder } from "../feeder.js";

/** Waits until the index has read all that is in the topics, or for `most` milliseconds. */
export async function catchUp(feeders: readonly Feeder[], clock: Clock, most: number): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(most, resolve);
  });
  try {
    await Promise.race([late, Promise.all(feeders.map((feeder) => feeder.pass()))]);
  } finally {
    cancel();
  }
}

/** How far the index has read. */
export function readingOf(feeders: readonly Feeder[]): LetterReading {
  let read = 0;
  let kept = 0;
  let begun = true;
  for (const { progress, error } of feeders) {
    if (progress.length === 0 && error === undefined) begun = false;
    for (const { first, next, end } of progress) {
      read += Math.max(0, next - first);
      kept += Math.max(0, end - first);
    }
  }
  const share = kept === 0 ? 1 : Math.floor((read / kept) * 1000) / 1000;
  return {
    read: begun ? share : Math.min(share, 0.999),
    unreadable: feeders.flatMap(({ source, error }) => (error === undefined ? [] : [{ topic: source.name, error }])),
  };
}

/** Refuses to act on letters of a topic that is not read to its end yet. */
export function refuseUnread(feeder: Feeder): void {
  const { read } = readingOf([feeder]);
  if (read >= 1 || feeder.error !== undefined) return;
  const share = Math.floor(read * 100);
  throw new OperationError(
    "unavailable",
    "letters_unread",
    `the index of dead letters is being built: ${share} % of topic "${feeder.source.name}" is read; repeat in a moment`,
  );
}
