import type { OrganizationOutcome } from "../../examples/demo/outcome.js";

/** Number of projects that have a rate. */
export function ratedProjects(outcomes: readonly OrganizationOutcome[]): number {
  return outcomes.reduce((sum, { projects }) => sum + projects.filter(({ rate }) => rate !== null).length, 0);
}
