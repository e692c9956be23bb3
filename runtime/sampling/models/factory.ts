import { UnknownModelType } from "../errors.js";
import { type FullInput, type FullOutput, full } from "./full.js";
import type { Model } from "./model.js";
import { type ProjectsInput, projects } from "./projects.js";
import { type TransactionsInput, type TransactionsOutput, transactions } from "./transactions.js";
import type { RatedClass } from "./volume-class.js";

/** The types of dynamic-sampling.md 8. */
export const ModelType = { transactions: 1, projects: 2, full: 3 } as const;
export type ModelType = (typeof ModelType)[keyof typeof ModelType];

/** The model of a type. Throws UnknownModelType. */
export function modelFactory(type: 1): Model<TransactionsInput, TransactionsOutput>;
export function modelFactory(type: 2): Model<ProjectsInput, readonly RatedClass[]>;
export function modelFactory(type: 3): Model<FullInput, FullOutput>;
export function modelFactory(
  type: ModelType,
):
  | Model<TransactionsInput, TransactionsOutput>
  | Model<ProjectsInput, readonly RatedClass[]>
  | Model<FullInput, FullOutput> {
  switch (type) {
    case ModelType.transactions:
      return transactions();
    case ModelType.projects:
      return projects();
    case ModelType.full:
      return full();
    default:
      throw new UnknownModelType(type);
  }
}
