import type { ErrorGroupDocument, ErrorsDocument } from "../../operations/documents/errors.js";
import type { JoinedErrors } from "../../operations/documents/front.js";
import type { Asked } from "../front.js";
import { partialOf } from "./partial.js";

/** As many as a broker keeps of a group. */
const MOST_IDS = 5;

/**
 * The error groups of all brokers, the one that was seen last first. Those with one fingerprint and task are one. `matched` is
 * exact when no broker has more groups than it was asked for, else an upper bound.
 */
export function joinErrors(asked: Asked<ErrorsDocument>): JoinedErrors {
  const documents = asked.answers.map(({ document }) => document);
  const listed = documents.flatMap(({ groups }) => groups);
  const groups = merged(listed);
  const matched = documents.reduce((sum, document) => sum + document.matched, 0);
  return {
    groups,
    matched: matched - (listed.length - groups.length),
    ungrouped: documents.reduce((sum, { ungrouped }) => sum + ungrouped, 0),
    // Before the latest of these times the groups of at least one broker are not known.
    since: documents.reduce((latest, { since }) => (since > latest ? since : latest), ""),
    partial: partialOf(asked),
  };
}

function merged(all: readonly ErrorGroupDocument[]): ErrorGroupDocument[] {
  const groups = new Map<string, ErrorGroupDocument>();
  for (const group of all) {
    const key = JSON.stringify([group.fingerprint, group.application, group.task]);
    const other = groups.get(key);
    groups.set(key, other === undefined ? group : joined(other, group));
  }
  return [...groups.values()].sort((one, other) => Date.parse(other.lastSeen) - Date.parse(one.lastSeen));
}

function joined(one: ErrorGroupDocument, other: ErrorGroupDocument): ErrorGroupDocument {
  const [newer, older] = one.lastSeen < other.lastSeen ? [other, one] : [one, other];
  return {
    ...newer,
    count: one.count + other.count,
    firstSeen: one.firstSeen < other.firstSeen ? one.firstSeen : other.firstSeen,
    ids: [...new Set([...newer.ids, ...older.ids])].slice(0, MOST_IDS),
    perMinute: newer.perMinute.map((count, index) => count + (older.perMinute[index] ?? 0)),
  };
}
