import { failingShare, inFlight, type TaskFacts } from "../tasks/task-facts.ts";

/** Tasks with the most runs in the last minute, then with the most in flight. */
export function busiest(facts: readonly TaskFacts[], most: number): TaskFacts[] {
  return facts
    .filter((task) => task.done + task.failed > 0 || inFlight(task) > 0)
    .sort((one, other) => other.done + other.failed - (one.done + one.failed) || inFlight(other) - inFlight(one))
    .slice(0, most);
}

/**
 * Tasks whose runs fail, those with the most failures first, at equal ones the larger share; then those whose work nobody
 * takes, the oldest first.
 */
export function worst(facts: readonly TaskFacts[], most: number): TaskFacts[] {
  return facts
    .filter(({ failed, unclaimed }) => failed > 0 || unclaimed !== null)
    .sort(
      (one, other) =>
        other.failed - one.failed ||
        (failingShare(other) ?? 0) - (failingShare(one) ?? 0) ||
        (other.unclaimed?.oldest ?? 0) - (one.unclaimed?.oldest ?? 0),
    )
    .slice(0, most);
}
