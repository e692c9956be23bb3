import type { Awaitable } from "./awaitable.js";

/** Tells whoever holds a copy of a project's configuration to read it again. */
export interface ConfigurationInvalidation {
  /** `trigger`: what changed it, for the logs. */
  invalidate(projectId: number, trigger: string): Awaitable<void>;
}
