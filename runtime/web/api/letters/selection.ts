import { positioned } from "../../../operations/filter/by-model.js";
import type { RequestReader } from "../../../operations/request.js";
import type { Call } from "../../context.js";

const STATES = ["open", "replayed", "purged", "all"] as const;

/** The part of a request that selects dead letters. Without a state: open ones. */
interface Selection {
  readonly q: string | undefined;
  readonly state: (typeof STATES)[number] | undefined;
}

export function selectionOf(reader: RequestReader, { context }: Pick<Call, "context">): Selection {
  const q = reader.text("q");
  return {
    q: q === undefined ? undefined : positioned(q, "letters", context.models()),
    state: reader.choice("state", STATES),
  };
}

/** The place that a path names: dead-letters/:topic/:partition/:offset. */
export function placeOf({ path }: Pick<Call, "path">): string {
  const { topic = "", partition = "", offset = "" } = path;
  return `${topic}/${partition}/${offset}`;
}
