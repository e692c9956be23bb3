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
    const q = positioned(reader.text("q") ?? "", "activations", call.context.models());
    const paging = pagingOf(reader);
    const order = reader.choice("order", ["oldest", "newest"]) ?? "oldest";
    reader.end();
    const list = activationsList(q, order);
    const { page, documents, looked } = await pageOf<ListActivationsAnswer, ActivationRow>(
      call.front,
      list,
      { q, order: order === "oldest" ? undefined : order },
      paging,
    );
    return { ...page, looked, now: documents.reduce((latest, { now }) => (now > latest ? now : latest), "") };
  },
};
