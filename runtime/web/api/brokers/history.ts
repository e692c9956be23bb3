import { joinErrors } from "../../../front/join/errors.js";
import { joinSeries } from "../../../front/join/series.js";
import { ENDS } from "../../../front/lists.js";
import type { EndDocument, EndsDocument } from "../../../operations/documents/ends.js";
import type { ErrorsDocument } from "../../../operations/documents/errors.js";
import type { EndsPage, JoinedErrors, JoinedSeries } from "../../../operations/documents/front.js";
import type { SeriesDocument } from "../../../operations/documents/series.js";
import type { Route } from "../../context.js";
import { pageOf } from "../pages.js";
import { listIn, pagingOf, queryOf } from "../request.js";

/** Characters of the names of tasks. */
const LONGEST_NAMES = 16_384;
const MOST_GROUPS = 1000;

export const HISTORY: readonly Route[] = [
  {
    method: "GET",
    path: "series",
    role: "view",
    async answer(call): Promise<JoinedSeries> {
      const reader = queryOf(call, { step: "number" });
      const request = {
        names: listIn(reader, "names"),
        tasks: listIn(reader, "tasks", LONGEST_NAMES),
        from: reader.text("from"),
        step: reader.integer("step", { least: 1, most: 3600 }),
      };
      reader.end();
      return joinSeries(await call.front.ask<SeriesDocument>("Series", request));
    },
  },
  {
    method: "GET",
    path: "errors",
    role: "view",
    async answer(call): Promise<JoinedErrors> {
      const reader = queryOf(call, { limit: "number" });
      const request = { q: reader.text("q"), limit: reader.integer("limit", { least: 1, most: MOST_GROUPS }) };
      reader.end();
      return joinErrors(await call.front.ask<ErrorsDocument>("Errors", request));
    },
  },
  {
    method: "GET",
    path: "ends",
    role: "view",
    async answer(call): Promise<EndsPage> {
      const reader = queryOf(call, { limit: "number" });
      const q = reader.text("q");
      const paging = pagingOf(reader);
      reader.end();
      const { documents, page } = await pageOf<EndsDocument, EndDocument>(call.front, ENDS, { q }, paging);
      const since = documents.reduce((latest, each) => (each.since > latest ? each.since : latest), "");
      const counted = documents.reduce((sum, { completed }) => sum + completed.counted, 0);
      const kept = documents.reduce((sum, { completed }) => sum + completed.kept, 0);
      return { ...page, since, completed: { counted, kept } };
    },
  },
];
