import { AUDIT as LIST } from "../../../front/lists.js";
import type { AuditPage } from "../../../operations/documents/front.js";
import type { Route } from "../../context.js";
import { pageOf } from "../pages.js";
import { pagingOf, queryOf } from "../request.js";

export const AUDIT: readonly Route[] = [
  {
    method: "GET",
    path: "audit",
    role: "operate",
    async answer(call): Promise<AuditPage> {
      const reader = queryOf(call, { limit: "number" });
      const q = reader.text("q");
      const paging = pagingOf(reader);
      reader.end();
      return (await pageOf(call.front, LIST, { q }, paging)).page;
    },
  },
];
