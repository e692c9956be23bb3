/** What a pause holds back. */
export type PauseKind = "namespace" | "task" | "topic" | "pool";

/** A value of JSON. Integers beyond ±(2^53 - 1) are written as strings, which match the integer and the string. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A pause or a kill rule. */
export interface ControlDocument {
  /** What `Unkill` takes; `file:<line>` for a rule of the runtime configuration. */
  readonly id: string;
  readonly kind: PauseKind | "kill";
  /** Name of the namespace, topic or pool; wire name of the task. */
  readonly subject: string;
  /** Only of kill rules; without any, every activation of the task is dropped, else those with at least one of them. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly kwargs?: Readonly<Record<string, JsonValue>>;
  /** Who set it; null: the file of the runtime configuration has it. */
  readonly by: string | null;
  readonly reason: string;
  /** ISO 8601; null: not known. */
  readonly since: string | null;
  /** When it ends by itself, ISO 8601; null: never. */
  readonly until: string | null;
  readonly source: "person" | "file";
  /** Where a rule of the file begins; null: not known, or set by a person. */
  readonly line: number | null;
  /** Activations that a kill rule has dropped on this broker since the broker's start; null for pauses. */
  readonly dropped: number | null;
  /** `pool`: every broker of the pool applies it. `broker`: the answering one, and for now no other. */
  readonly reach: "pool" | "broker";
}

/** Activations in flight that a control concerns at the moment. */
export interface Concerned {
  readonly pending: number;
  readonly delayed: number;
  readonly processing: number;
  readonly retry: number;
  readonly failure: number;
  readonly parked: number;
  /** How many tasks have them; null: not known of a topic. */
  readonly tasks: number | null;
}

/** The answer to Pause, Resume, Kill and Unkill. */
export interface ControlAnswer {
  /** The control that was set or ended; null: there was none to end. */
  readonly control: ControlDocument | null;
  /** Whether something changed; false in a dry run, and when a control to be ended did not exist. */
  readonly done: boolean;
  readonly concerned: Concerned;
  /** Set by Kill. */
  readonly drops?: DropForecast;
  /** What holds the subject back, or drops its work, after the change. */
  readonly inForce: readonly ControlDocument[];
  /** As in the status. */
  readonly version: string;
  /** Why other brokers of the pool do not see the change yet; absent: they do, or there are none. */
  readonly note?: string;
}

/** What a kill rule would drop now. */
export interface DropForecast {
  /** Waiting activations that match, among those that were looked at. */
  readonly matched: number;
  /** Those of them that are dropped at once; the others are when their delay has passed, or when they are resumed. */
  readonly atOnce: number;
  readonly lookedAt: number;
  /** Waiting activations of the task; when it is larger than `lookedAt`, `matched` is a lower bound. */
  readonly of: number;
}

/** The answer to Controls. */
export interface ControlsAnswer {
  readonly version: string;
  /** Those of people, oldest first, and then at most 1,000 rules of the runtime configuration file. */
  readonly controls: readonly ControlDocument[];
  /** Further rules of the file. */
  readonly leftOut: number;
  /** Why controls of other brokers are not seen, or own ones not by them; null: they are, or there are no others. */
  readonly problem: string | null;
  /** Absent: the broker is of an older version. */
  readonly cancelledAhead?: CancelledAhead;
}

/** Ids that this broker cancels when it reads them: how many, the most there may be, and since when the oldest, ISO 8601. */
export interface CancelledAhead {
  readonly ids: number;
  readonly most: number;
  readonly since: string | null;
}

/** The part of the status that shows the controls. */
export interface ControlsStatus {
  /** Equal on brokers that apply the same controls of people. */
  readonly version: string;
  /** Controls of people in force, at most 100. */
  readonly inForce: readonly ControlDocument[];
  readonly leftOut: number;
  /** How many are in force, those left out, too. */
  readonly byKind: Readonly<Record<ControlDocument["kind"], number>>;
  readonly problem: string | null;
}

/** The request of Pause, and of Resume, which takes all but `until`. Exported for tests. */
export interface PauseRequest {
  readonly kind: PauseKind;
  readonly subject: string;
  /** ISO 8601; absent: until it is resumed. */
  readonly until?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** The request of Kill. Exported for tests. */
export interface KillRequest {
  /** Wire name. */
  readonly task: string;
  /** By position, from 0. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly kwargs?: Readonly<Record<string, JsonValue>>;
  readonly until?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}
