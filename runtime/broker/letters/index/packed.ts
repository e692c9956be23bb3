import type { LetterContent } from "../../../operations/documents/letter.js";
import type { Letter } from "../records/letter.js";
import type { Marker, Resolution } from "../records/marker.js";

/** Letter and marker as text columns: arrays, because the names of properties would take half of the file. */

const CONTENTS: readonly LetterContent[] = ["activation", "undecodable", "oversized"];
const RESOLUTIONS: readonly Resolution[] = ["replayed", "purged"];

export function packLetter(letter: Letter): string {
  const { identity, origin, id, root, application, namespace, task, reason, error } = letter;
  const { fp, attempts, maxAttempts, lost, at, size, atMostOnce, content, replayOf } = letter;
  const names = [identity.slice(origin.length), origin, id, root === id ? "" : root, application, namespace, task];
  const numbers = [attempts, maxAttempts, lost, at, size, atMostOnce ? 1 : 0, CONTENTS.indexOf(content)];
  return JSON.stringify([...names, reason, error, replayOf, fp, ...numbers]);
}

/** Throws SyntaxError for a column that packLetter did not write. */
export function unpackLetter(topic: string, partition: number, offset: number, column: string): Letter {
  const values: unknown = JSON.parse(column);
  const text = (at: number) => String(Array.isArray(values) ? values[at] : "");
  const number = (at: number) => Number(Array.isArray(values) ? values[at] : 0);
  const id = text(2);
  const root = text(3);
  return {
    topic,
    partition,
    offset,
    identity: text(1) + text(0),
    origin: text(1),
    id,
    root: root === "" ? id : root,
    application: text(4),
    namespace: text(5),
    task: text(6),
    reason: text(7),
    error: text(8),
    replayOf: text(9),
    fp: text(10),
    attempts: number(11),
    maxAttempts: number(12),
    lost: number(13),
    at: number(14),
    size: number(15),
    atMostOnce: number(16) === 1,
    content: CONTENTS[number(17)] ?? "undecodable",
  };
}

export function packMarker({ identity, resolution, by, at, replay }: Marker): string {
  return JSON.stringify([identity, RESOLUTIONS.indexOf(resolution), by, at, replay]);
}

/** Throws SyntaxError for a column that packMarker did not write. */
export function unpackMarker(topic: string, partition: number, offset: number, column: string): Marker {
  const values: unknown = JSON.parse(column);
  const [identity, resolution, by, at, replay]: unknown[] = Array.isArray(values) ? values : [];
  return {
    topic,
    partition,
    offset,
    identity: String(identity),
    resolution: RESOLUTIONS[Number(resolution)] ?? "purged",
    by: String(by),
    at: Number(at),
    replay: String(replay),
  };
}
