import { partialOf } from "../../../front/join/partial.js";
import type { PoolsDocument } from "../../../operations/documents/front.js";
import { poolsOf } from "../../../operations/status/pools.js";
import type { Route } from "../../context.js";
import { withoutQuery } from "../request.js";

export const POOLS: Route = {
  method: "GET",
  path: "pools",
  role: "view",
  async answer(call): Promise<PoolsDocument> {
    withoutQuery(call);
    const looked = await call.front.look();
    const pools = poolsOf(looked.answers.map(({ broker, document }) => ({ broker, status: document })));
    return { pools, partial: partialOf(looked) };
  },
};
