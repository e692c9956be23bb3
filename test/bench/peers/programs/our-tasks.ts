import * as $ from "taskwire/generated";
import type { EnvironmentModel } from "taskwire/model";
import { environment } from "../../tasks.js";
import type { Pair } from "./adapter.js";

const environments: $.Environments = { bench: environment };

/** The task of the comparison, in the form of generated code. */
export const tasks = {
  pair: $.task<Pair, Pair>({
    namespace: "bench",
    application: "bench",
    processingDeadline: 30_000,
    environments: () => environments,
    key: "bench.pair",
    name: "bench.pair",
    hash: "pair",
    parameters: () => $.record<Pair, Pair>({ n: $.z.int(), sent: $.z.number() }),
  }),
};

/** How many the broker reads ahead: few, because what it has read when the clock starts is read for nothing. */
const AHEAD = 2048;

export const topology: EnvironmentModel = {
  ...environment,
  pools: environment.pools.map((pool) => ({ ...pool, maxPendingCount: AHEAD })),
};
