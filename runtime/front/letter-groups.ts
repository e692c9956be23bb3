import type { LetterGroup, LetterGroups } from "../operations/documents/letter.js";
import { joinLooked } from "./totals.js";

/** The groups of several pools as one list, the largest first. */
export function sumGroups(documents: readonly LetterGroups[]): LetterGroups {
  const groups = new Map<string, LetterGroup>();
  for (const group of documents.flatMap((document) => document.groups)) {
    const key = JSON.stringify([group.fingerprint, group.task, group.reason]);
    const known = groups.get(key);
    const newer = known === undefined || (group.newest ?? "") >= (known.newest ?? "") ? group : known;
    groups.set(key, { ...newer, count: group.count + (known?.count ?? 0) });
  }
  return {
    groups: [...groups.values()].sort((one, other) => other.count - one.count),
    others: documents.reduce((sum, { others }) => sum + others, 0),
    looked: joinLooked(documents),
    // Shares of topics of unlike size cannot be added: the one that is furthest behind is what matters.
    read: Math.min(1, ...documents.map(({ read }) => read)),
    unreadable: documents.flatMap(({ unreadable }) => unreadable),
  };
}
