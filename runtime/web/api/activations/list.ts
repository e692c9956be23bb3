import { activationsList } from "../../../front/lists.js";
import type { ActivationRow, ListActivationsAnswer } from "../../../operations/documents/activations.js";
import type { ActivationsPage } from "../../../operations/documents/front.js";
import { positioned } from "../../../operations/filter/by-model.js";
import type { Route } from "../../context.js";
import { pageOf } from "../pages.js";
import { pagingOf, queryOf } from "../request.js";

export const LIST: Route = {
  method: "GET",
  path: "activations",
  role: "view",
  async answer(call): Promise<ActivationsPage> {
    const reader = queryOf(call, { limit: "number" });
    const q = positioned(reader.text("q") ?? "", call.context.models());
    const paging = pagingOf(reader);
    reader.end();
    const list = activationsList(q);
    const { page, documents } = await pageOf<ListActivationsAnswer, ActivationRow>(call.front, list, { q }, paging);
    return { ...page, ...totalsOf(documents, page.partial.length === 0) };
  },
};

function totalsOf(documents: readonly ListActivationsAnswer[], whole: boolean) {
  const looked = documents.flatMap((each) => (each.looked === null ? [] : [each.looked]));
  return {
    total: {
      count: documents.reduce((sum, { total }) => sum + total.count, 0),
      exact: whole && documents.every(({ total }) => total.exact),
    },
    looked:
      looked.length === 0
        ? null
        : {
            rows: looked.reduce((sum, { rows }) => sum + rows, 0),
            of: looked.reduce((sum, each) => sum + each.of, 0),
          },
    now: documents.reduce((latest, { now }) => (now > latest ? now : latest), ""),
  };
}
