/** Base name of a task's metrics and the name of its context (dynamic-sampling.md 6); not its wire name. `name` is snake_case. */
export function computeTaskName(name: string): string {
  return `sentry.tasks.dynamic_sampling.${name}`;
}
