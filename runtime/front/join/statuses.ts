import type { StatusesDocument } from "../../operations/documents/front.js";
import type { Status } from "../../operations/status/document.js";
import type { Asked } from "../front.js";
import { partialOf } from "./partial.js";

/** */
export function joinStatuses(asked: Asked<Status>): StatusesDocument {
  return {
    brokers: asked.answers.map(({ broker, document }) => ({ broker, status: document })),
    partial: partialOf(asked),
  };
}
