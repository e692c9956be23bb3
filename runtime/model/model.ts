/** The resolved model, as codegen writes it to taskwire.json. Durations are milliseconds. */
export interface Model {
  readonly taskwire: 1;
  readonly application: string;
  /** sha256 over all generated text, hex. */
  readonly hash: string;
  /** What happens to a failed run of a task without a retry policy. Absent in older models: the run is discarded. */
  readonly withoutPolicy?: "deadletter";
  readonly types: readonly NamedType[];
  readonly namespaces: readonly NamespaceModel[];
  readonly environments: readonly EnvironmentModel[];
}

export interface NamespaceModel {
  readonly name: string;
  readonly description?: string;
  readonly deprecated?: string;
  /** Set when another application runs its tasks: it has clients and no handlers. */
  readonly external?: { readonly application: string };
  /** Set when its topic's records are not activations: each becomes one of the task with this wire name. */
  readonly raw?: { readonly task: string };
  /** Names of the environments that have it; absent: all. */
  readonly environments?: readonly string[];
  /** Who owns it. */
  readonly owner?: string;
  readonly labels?: Labels;
  readonly tasks: readonly TaskModel[];
}

/** Labels for tools, by name. */
export type Labels = Readonly<Record<string, string>>;

export interface TaskModel {
  /** Key in the YAML. */
  readonly key: string;
  /** Wire name. */
  readonly name: string;
  readonly description?: string;
  /** What to use instead. */
  readonly deprecated?: string;
  /** Previous wire names; workers still accept them. */
  readonly formerly?: readonly string[];
  /** Hash of the wire facts: namespace, parameter order, names, types and constraints. A rename of the task keeps it. */
  readonly hash: string;
  readonly parameters: readonly FieldModel[];
  readonly retry?: RetryPolicy;
  /** Milliseconds; whole seconds. */
  readonly processingDeadline: number;
  /** Milliseconds; whole seconds. Absent: never expires. */
  readonly expires?: number;
  readonly atMostOnce: boolean;
  readonly compression: "auto" | "zstd" | "none";
  /** Names of expected errors: runs that fail with one are logged at debug level. */
  readonly silenced?: readonly string[];
  readonly schedule?: ScheduleModel;
  /** Who owns it; default: the owner of its namespace. */
  readonly owner?: string;
  /** The labels of its namespace, overridden by its own. */
  readonly labels?: Labels;
}

/** When a task is started automatically. A slot is one scheduled time. */
export interface ScheduleModel {
  readonly plan: SchedulePlan;
  /** The plan in English, for display. */
  readonly words: string;
  /** Parameters of each run, in the JSON form of `taskwire send`; absent: none. */
  readonly parameters?: { readonly [name: string]: JsonValue };
  /** How many missed slots to make up after downtime: none, the latest one, or up to this many of the latest. */
  readonly missed: "skip" | "once" | number;
  /** Longest random delay of a slot's run, milliseconds, whole seconds; 0: none. */
  readonly jitter: number;
  /** Names of environments, or all or none. */
  readonly enabled: boolean | readonly string[];
}

export type SchedulePlan =
  /** Five fields; the timezone is an IANA name. */
  | { readonly kind: "cron"; readonly expression: string; readonly timezone: string }
  /** Milliseconds, whole seconds; slots are its multiples since 1970. */
  | { readonly kind: "every"; readonly period: number };

export interface FieldModel {
  readonly name: string;
  readonly type: TypeModel;
  readonly optional: boolean;
  readonly nullable: boolean;
  readonly description?: string;
  /** What to use instead. */
  readonly deprecated?: string;
  /** Previous names; workers still accept them. */
  readonly formerly?: readonly string[];
  readonly default?: JsonValue;
  /** Its values are covered where operators look; absent: they are shown. */
  readonly sensitive?: true;
}

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type ScalarKind = "int" | "bigint" | "float" | "string" | "bool" | "bytes" | "datetime" | "uuid" | "json";

export type TypeModel =
  | ({ readonly kind: ScalarKind } & Constraints)
  | ({ readonly kind: "list"; readonly element: TypeModel } & Constraints)
  | { readonly kind: "map"; readonly element: TypeModel }
  /** A record or enum of `types`; named scalars are resolved into their scalar. */
  | { readonly kind: "named"; readonly name: string };

/** Bounds of numbers, lengths of strings, bytes and lists. `pattern` has flag u and may match anywhere. */
export interface Constraints {
  readonly min?: number;
  readonly max?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export type NamedType =
  | {
      readonly kind: "record";
      readonly name: string;
      readonly description?: string;
      readonly fields: readonly FieldModel[];
    }
  | { readonly kind: "enum"; readonly name: string; readonly description?: string; readonly values: readonly string[] };

/** All durations are milliseconds, whole seconds. */
export interface RetryPolicy {
  /** Maximum number of attempts. */
  readonly times: number;
  readonly timesExceeded: "discard" | "deadletter";
  readonly delay: number;
  readonly backoff: "fixed" | "exponential";
  readonly maxDelay?: number;
  /** 0..1, share of the delay. */
  readonly jitter: number;
  /** Names of errors that are retried; absent: all; empty: none, only a `task.retry()` of the handler. */
  readonly on?: readonly string[];
  /** Names of errors that are never retried. */
  readonly ignore?: readonly string[];
}

export interface EnvironmentModel {
  readonly name: string;
  readonly clusters: readonly ClusterModel[];
  readonly topics: readonly TopicModel[];
  readonly routes: readonly RouteModel[];
  readonly pools: readonly PoolModel[];
  /** Namespaces that the environment does not have; absent: it has all. */
  readonly absent?: readonly AbsentNamespace[];
}

export interface AbsentNamespace {
  readonly namespace: string;
  /** The environments that have it. */
  readonly environments: readonly string[];
}

export type ClusterModel =
  | { readonly name: string; readonly kind: "sqlite"; readonly file: string }
  | { readonly name: string; readonly kind: "memory" }
  /** Strings may contain ${NAME} and ${NAME:-default}, which are replaced at connect time. */
  | {
      readonly name: string;
      readonly kind: "kafka";
      readonly brokers: readonly string[];
      readonly tls: boolean;
      /** PEM files, reloaded for each connection. */
      readonly certificates?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
      readonly sasl?: SaslModel;
    };

export type SaslModel =
  | {
      readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
      readonly username: string;
      readonly password: string;
    }
  | { readonly mechanism: "oauthbearer"; readonly tokenFile: string }
  | {
      readonly mechanism: "oauthbearer";
      readonly tokenUrl: string;
      readonly clientId: string;
      readonly clientSecret: string;
      readonly scope?: string;
    }
  | { readonly mechanism: "aws-msk-iam"; readonly region: string };

export interface TopicModel {
  readonly name: string;
  readonly cluster: string;
  readonly partitions: number;
  /** Topic for dead letters of this topic; default `<topic>-dlq`. */
  readonly deadLetter: string;
  /** How long its dead letters are kept, milliseconds; absent: as the kind of cluster says (dead-letter-topics.ts). */
  readonly deadLetterRetention?: number;
  /** Topic for retries; default: the topic itself. */
  readonly retry: string;
  /** The raw namespace that owns it: its records are not activations. */
  readonly raw?: string;
}

export interface RouteModel {
  /** A namespace's full name or "*". */
  readonly namespace: string;
  readonly topic: string;
}

export interface PoolModel {
  readonly name: string;
  readonly topics: readonly string[];
  readonly group: string;
  readonly maxPendingCount: number;
  readonly maxProcessingCount: number;
  readonly maxProcessingAttempts: number;
  /** Milliseconds. */
  readonly maxProcessingDeadline: number;
  /** Absent: no limit. */
  readonly maxDelayCount?: number;
  /** Bytes of the in-flight file; absent: 8 GiB. */
  readonly maxDisk?: number;
  /** How long an empty GetTask waits for work, milliseconds; 0: answered immediately; absent: 1,000. */
  readonly getTaskHold?: number;
  /** Applications whose workers are in push mode, each with their HOST:PORT addresses. */
  readonly push?: readonly { readonly application: string; readonly addresses: readonly string[] }[];
}
