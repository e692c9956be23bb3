import type { ENVIRONMENT } from "./environments.js";
import type { DEFAULTS, NAMESPACE, RETRY_POLICY, TASK } from "./namespaces.js";
import type { SCHEDULE } from "./schedule.js";
import type { SCHEMA_FILE } from "./schema.js";
import type { Shape } from "./shape.js";
import type { FIELD, NAMED_TYPE } from "./types.js";

type Read<S> = S extends Shape<infer T> ? T : never;

/** What each part of the language reads to. */
export type SchemaSpec = Read<typeof SCHEMA_FILE>;
export type DefaultsSpec = Read<typeof DEFAULTS>;
export type NamespaceSpec = Read<typeof NAMESPACE>;
export type TaskSpec = Read<typeof TASK>;
export type ScheduleSpec = Read<typeof SCHEDULE>;
export type FieldSpec = Read<typeof FIELD>;
export type NamedTypeSpec = Read<typeof NAMED_TYPE>;
export type RetryPolicySpec = Read<typeof RETRY_POLICY>;
export type EnvironmentSpec = Read<typeof ENVIRONMENT>;

export { SCHEMA_FILE } from "./schema.js";
export { below, type Entry, type Form, type KeyForm, type NameRule, type Shape } from "./shape.js";
export { CONSTRAINTS_OF, type ConstraintKey, SCALARS, TYPE_TEXT } from "./type-text.js";
