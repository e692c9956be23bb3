import type { Model } from "../../model/model.js";
import type { Status } from "../status/document.js";
import type { Code, Level } from "./codes.js";

/** The status of a broker. */
export interface Observed {
  /** The broker as its caller names it: HOST:PORT. */
  readonly broker: string;
  readonly status: Status;
}

/** The brokers of one pool that answered. */
export interface Pool {
  readonly name: string;
  readonly environment: string;
  readonly brokers: readonly Observed[];
}

/** What a finding is about. The namespace of a task is null where it is not known. */
export type Subject =
  | { readonly kind: "task"; readonly name: string; readonly namespace: string | null }
  | {
      readonly kind: "broker" | "pool" | "cluster" | "topic" | "namespace" | "worker" | "application";
      readonly name: string;
    };

/** What one look at a pool found. */
export interface Seen {
  readonly code: Code;
  readonly level: Level;
  /** How long it has been so, milliseconds; absent: not known. */
  readonly age?: number | undefined;
  readonly subject: Subject;
  /** The broker that it is seen from; absent: the pool. */
  readonly broker?: string;
  /** One sentence with the numbers, without a full stop. */
  readonly text: string;
  /** Further facts, a sentence each. */
  readonly evidence?: readonly string[];
  /** What to do. */
  readonly hint: string;
}

/** One sentence of what is wrong, and what to do. Names in it come from outside. */
export interface Finding {
  readonly code: Code;
  readonly level: Level;
  /** How long it has been so, milliseconds; null: not known. */
  readonly age: number | null;
  readonly subject: Subject;
  /** null: several pools, or a broker that does not answer. */
  readonly pool: string | null;
  /** null: every broker of the pool. */
  readonly broker: string | null;
  readonly text: string;
  readonly evidence: readonly string[];
  readonly hint: string;
  /** A page of the repository, with its section. */
  readonly docs: string;
}

export type Look = (pool: Pool, models: readonly Model[]) => readonly Seen[];
