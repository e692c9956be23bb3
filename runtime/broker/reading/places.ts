import type { State } from "../../activation/states.js";
import type { Facts } from "../inflight/row.js";

/** The order of a list: the states one after the other. */
export const STATES: readonly State[] = ["processing", "pending", "retry", "failure", "delayed", "parked"];

/** Rows that are counted together. */
export interface Kind {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  readonly topic: string;
}

/**
 * How the rows of a state are ordered: by intake, by due time, or by kind and receipt. All of it are facts that never
 * change, so that a place stays where it is.
 */
export type Order = "intake" | "due" | "received";

/** In which direction a list goes through each state. */
export type Direction = "oldest" | "newest";

/** A place in a list of one state. */
export interface Place {
  /** undefined: the order has no kinds. */
  readonly kind: Kind | undefined;
  /** When it is due or was received; 0: the order has no times. */
  readonly time: number;
  readonly seq: number;
}

/** Delayed rows are ordered by due time unless the filter names tasks: then an index leads to those alone. */
export function orderOf(state: State, hasNames: boolean): Order {
  if (state === "parked") return "received";
  if (state === "delayed") return hasNames ? "received" : "due";
  return "intake";
}

/** It is called for each live row of a page: it copies no more than the order needs. */
export function placeOf(facts: Facts, order: Order): Place {
  const { seq, due, receivedAt } = facts;
  if (order === "intake") return { kind: undefined, time: 0, seq };
  if (order === "due") return { kind: undefined, time: due, seq };
  const { application, namespace, task, topic } = facts;
  return { kind: { application, namespace, task, topic }, time: receivedAt, seq };
}

/** Before every place of a state. */
export const BEGINNINGS: Readonly<Record<Direction, Place>> = {
  oldest: { kind: undefined, time: -1, seq: -1 },
  newest: { kind: undefined, time: Number.MAX_SAFE_INTEGER, seq: Number.MAX_SAFE_INTEGER },
};

export function comparePlaces(one: Place, other: Place, direction: Direction): number {
  return towards(direction, compareKinds(one.kind, other.kind) || one.time - other.time || one.seq - other.seq);
}

/** A comparison of two in the order of a direction, from what it is from the oldest on. */
export function towards(direction: Direction, compared: number): number {
  return direction === "newest" ? -compared : compared;
}

export function compareKinds(one: Kind | undefined, other: Kind | undefined): number {
  if (one === undefined || other === undefined) return 0;
  return (
    compareText(one.application, other.application) ||
    compareText(one.namespace, other.namespace) ||
    compareText(one.task, other.task) ||
    compareText(one.topic, other.topic)
  );
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
