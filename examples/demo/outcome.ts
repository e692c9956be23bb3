import { createHash } from "node:crypto";
import {
  floatOf,
  type RateStore,
  rateKeys,
  readFactor,
  readProjectRates,
  readTransactionRates,
  type TransactionRates,
} from "taskwire/sampling";
import type { NamedOrganization } from "../sampling/sqlite/organizations.js";

/** The stored rates of one project. */
interface ProjectOutcome {
  readonly name: string;
  /** 0..1; null if no rate was stored. */
  readonly rate: number | null;
  readonly transactions: TransactionRates<number | null>;
}

/** The stored rates of one organization. */
export interface OrganizationOutcome {
  readonly id: number;
  readonly name: string;
  /** From the sliding window, 0..1; null if none was stored. */
  readonly baseRate: number | null;
  /** From the recalibration; 1 means no correction. */
  readonly factor: number;
  readonly projects: readonly ProjectOutcome[];
}

/** In the order of the organizations. */
export async function readOutcomes(
  organizations: readonly NamedOrganization[],
  store: RateStore,
): Promise<readonly OrganizationOutcome[]> {
  const found: OrganizationOutcome[] = [];
  for (const { id, name, projects } of organizations) {
    const rates = await readProjectRates(store, id);
    const outcomes: ProjectOutcome[] = [];
    for (const project of projects) {
      const rate = rates.get(project.id) ?? null;
      outcomes.push({
        name: project.name,
        rate,
        transactions: await readTransactionRates(store, id, project.id, rate),
      });
    }
    const baseRate = floatOf(await store.get(rateKeys.slidingWindowRate(id)));
    found.push({ id, name, baseRate, factor: await readFactor(store, rateKeys.orgFactor(id)), projects: outcomes });
  }
  return found;
}

/** Twelve hexadecimal digits; every bit of every rate and factor counts. */
export function ratesHash(outcomes: readonly OrganizationOutcome[]): string {
  const hash = createHash("sha256");
  for (const { name, baseRate, factor, projects } of outcomes) {
    hash.update(`${JSON.stringify([name, baseRate, factor])}\n`);
    for (const project of projects) {
      const explicit = [...project.transactions.explicit].sort(([a], [b]) => (a < b ? -1 : 1));
      hash.update(`${JSON.stringify([project.name, project.rate, explicit, project.transactions.implicitRate])}\n`);
    }
  }
  return hash.digest("hex").slice(0, 12);
}
