import type { LettersPage, LetterView } from "#runtime/operations/documents/front.js";
import type { LetterDocument, LetterState } from "#runtime/operations/documents/letter.js";
import { nameOf } from "./catalogue.js";
import { contentOf, editableOf } from "./content.js";
import { iso } from "./controls.js";
import { FAILURES, fingerprintOf, idOf, stackOf } from "./failures.js";
import { BROKERS } from "./fleet.js";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Resolved ones: 23 were replayed, 3 purged. */
export const RESOLVED = { replayed: 23, purged: 3 };
export const OPEN = FAILURES.reduce((sum, { letters }) => sum + letters, 0);

export type LetterRow = LettersPage["rows"][number];

/** Letter number `index`, the newest first; beyond those of the failures they repeat. */
export function letterAt(now: number, index: number, state: LetterState = "open"): LetterRow {
  let left = index % OPEN;
  const failure = FAILURES.find(({ letters }) => {
    if (left < letters) return true;
    left -= letters;
    return false;
  });
  if (failure === undefined) throw new Error("the failures have no letters");
  const { task, reason, attempts } = { ...failure, attempts: failure.task.attempts ?? 5 };
  const at = now - 40_000 - Math.floor((failure.age / Math.max(1, failure.letters)) * left);
  const root = idOf("letter", index);
  const letter: LetterDocument = {
    place: `${task.topic}-dlq/${index % 6}/${91_000 - index}`,
    state,
    id: idOf("letter-last", index),
    root,
    application: "shop",
    namespace: task.namespace,
    task: nameOf(task),
    reason,
    error: stackOf(failure).slice(0, 256),
    fingerprint: fingerprintOf(failure),
    attempts,
    maxAttempts: attempts,
    lost: 0,
    at: iso(at),
    deletedAfter: iso(at + 30 * DAY),
    original: `${task.topic}/${index % 6}/${13_950_000 + index}`,
    size: 412 + (index % 90),
    atMostOnce: task.atMostOnce ?? false,
    content: "activation",
    ...(state === "open"
      ? {}
      : {
          resolved: {
            by: state === "replayed" ? "mira" : "jonas",
            at: iso(now - 6 * MINUTE - index * 1000),
            ...(state === "replayed" ? { replay: idOf("replay", index) } : {}),
          },
        }),
  };
  return { broker: BROKERS[0], ...letter };
}

export function letterView(now: number, row: LetterRow, index: number): LetterView {
  const { broker, ...letter } = row;
  const failure = FAILURES.find(({ task }) => nameOf(task) === letter.task);
  return {
    partial: [],
    broker,
    fromLog: false,
    letter,
    key: letter.original,
    headers: {
      "taskwire-id": letter.id,
      "taskwire-root": letter.root,
      "taskwire-reason": letter.reason,
      "taskwire-error": failure === undefined ? letter.error : stackOf(failure),
      "taskwire-attempts": String(letter.attempts),
      "taskwire-at": letter.at ?? iso(now),
    },
    content: letter.content === "activation" ? contentOf(letter.task, index) : null,
    editable: letter.content === "activation" ? editableOf(letter.task, index) : null,
  };
}
