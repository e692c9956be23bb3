import { partialOf } from "../../../front/join/partial.js";
import { sumGroups } from "../../../front/letter-groups.js";
import { poolIn, speakersOf } from "../../../front/letters/speakers.js";
import { lettersList } from "../../../front/lists.js";
import { refuseIfAny } from "../../../front/refusal.js";
import type { LetterGroupsPage, LettersPage } from "../../../operations/documents/front.js";
import type { LetterDocument, LetterGroups, LetterList, LetterReading } from "../../../operations/documents/letter.js";
import type { Route } from "../../context.js";
import { pageOf } from "../pages.js";
import { pagingOf, queryOf } from "../request.js";
import { selectionOf } from "./selection.js";

export const LIST: Route = {
  method: "GET",
  path: "dead-letters",
  role: "view",
  async answer(call): Promise<LettersPage> {
    const reader = queryOf(call, { limit: "number" });
    const selection = selectionOf(reader, call);
    const paging = pagingOf(reader);
    const order = reader.choice("order", ["newest", "oldest"]) ?? "newest";
    reader.end();
    const { front, partial, logs, pools } = await speakersOf(call.front);
    const { page, documents, looked } = await pageOf<LetterList, LetterDocument>(
      front,
      lettersList(order),
      { ...selection, order: order === "newest" ? undefined : order },
      paging,
    );
    return {
      ...page,
      rows: page.rows.map((row) => ({ ...row, ...poolIn(pools, row.broker) })),
      total: { ...page.total, exact: page.total.exact && partial.length === 0 },
      looked,
      partial: [...partialOf({ partial, refused: [] }), ...page.partial],
      counts: {
        open: sum(documents, ({ counts }) => counts.open),
        replayed: sum(documents, ({ counts }) => counts.replayed),
        purged: sum(documents, ({ counts }) => counts.purged),
      },
      older: documents.flatMap(({ older }) => older),
      fromLog: logs.map(({ address }) => address),
      ...readingOf(documents),
    };
  },
};

export const GROUPS: Route = {
  method: "GET",
  path: "letter-groups",
  role: "view",
  async answer(call): Promise<LetterGroupsPage> {
    const reader = queryOf(call);
    const selection = selectionOf(reader, call);
    reader.end();
    const { front, partial } = await speakersOf(call.front);
    const asked = await front.ask<LetterGroups>("LetterGroups", selection);
    refuseIfAny(asked.refused);
    const missing = partialOf({ partial: [...partial, ...asked.partial], refused: [] });
    return { ...sumGroups(asked.answers.map(({ document }) => document)), partial: missing };
  },
};

function sum(documents: readonly LetterList[], count: (document: LetterList) => number): number {
  return documents.reduce((total, document) => total + count(document), 0);
}

/** Shares of topics of unlike size cannot be added: the one that is furthest behind is what matters. */
function readingOf(documents: readonly LetterReading[]): LetterReading {
  return {
    read: Math.min(1, ...documents.map(({ read }) => read)),
    unreadable: documents.flatMap(({ unreadable }) => unreadable),
  };
}
