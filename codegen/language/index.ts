import type { ENVIRONMENT } from "./environments.js";
import type { DEFAULTS, NAMESPACE, RETRY_POLICY, TASK } from "./namespaces.js";
import type { SCHEDULE } from "./schedule.js";
import type { SCHEMA_FILE } from "./schema.js";
import type { Shape } from "./shapes/shape.js";
import type { FIELD, NAMED_TYPE } from "./types.js";

type Spec<S> = S extends Shape<infer T> ? T : never;

/** The validated value of each part of the language. */
export type SchemaSpec = Spec<typeof SCHEMA_FILE>;
export type DefaultsSpec = Spec<typeof DEFAULTS>;
export type NamespaceSpec = Spec<typeof NAMESPACE>;
export type TaskSpec = Spec<typeof TASK>;
export type ScheduleSpec = Spec<typeof SCHEDULE>;
export type FieldSpec = Spec<typeof FIELD>;
export type NamedTypeSpec = Spec<typeof NAMED_TYPE>;
export type RetryPolicySpec = Spec<typeof RETRY_POLICY>;
export type EnvironmentSpec = Spec<typeof ENVIRONMENT>;

export { SCHEMA_FILE } from "./schema.js";
export { below, type Entry } from "./shapes/shape.js";
export { CONSTRAINTS_OF, type ConstraintKey, SCALARS, TYPE_TEXT } from "./shapes/type-text.js";
