import type { Front } from "../../front/front.js";
import { partialOf } from "../../front/join/partial.js";
import { type ListOf, mergedPage } from "../../front/pages.js";
import type { Totals } from "../../front/totals.js";
import type { Page } from "../../operations/documents/front.js";
import type { Paging } from "./request.js";

/** One page of the lists of all brokers, and what each of them answered. */
export async function pageOf<Document, Row>(
  front: Pick<Front, "brokers" | "ask">,
  list: ListOf<Document, Row>,
  request: object,
  { limit, cursor }: Paging,
): Promise<{
  readonly page: Page<Row>;
  readonly documents: readonly Document[];
  readonly looked: Totals["looked"];
}> {
  const merged = await mergedPage(front, list, request, limit, cursor);
  return {
    page: {
      rows: merged.rows.map(({ broker, row }) => ({ ...row, broker })),
      cursor: merged.cursor,
      total: merged.totals.total,
      partial: partialOf({ partial: merged.partial, refused: [] }),
    },
    documents: merged.documents.map(({ document }) => document),
    looked: merged.totals.looked,
  };
}
