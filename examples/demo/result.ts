import { createHash } from "node:crypto";
import type { StoredRate } from "../sampling/rate-store.js";
import type { OrganizationVolumes } from "../sampling/volume-source.js";
import { DemoError } from "./errors.js";

/** What became of one organization. */
export interface OrganizationResult {
  readonly organization: string;
  readonly projects: number;
  /** Sum of its projects' totals. */
  readonly volume: number;
  /** What its rates keep of the volume. */
  readonly kept: number;
  readonly lowestRate: number;
  readonly highestRate: number;
}

export interface Summary {
  readonly organizations: number;
  readonly projects: number;
  /** Accepted by `.delay()` and ended; retries are not counted again. */
  readonly activations: number;
  /** Further runs of activations whose run failed. */
  readonly retries: number;
  /** Runs that ended, retries included, divided by the seconds from the first `.delay()` until the last one ended. */
  readonly tasksPerSecond: number;
  readonly seconds: number;
  /** Twelve hexadecimal digits over all rates: equal in two runs whose rates are equal. */
  readonly ratesHash: string;
  /** Absolute path of the folder with log, in-flight store and rates. */
  readonly data: string;
}

/** Joins volumes and rates, ascending by organization. Throws DemoError for a project without a rate. */
export function resultsOf(
  volumes: readonly OrganizationVolumes[],
  rates: readonly StoredRate[],
): readonly OrganizationResult[] {
  const rateOf = new Map(rates.map(({ organization, project, rate }) => [`${organization}\0${project}`, rate]));
  return volumes.map(({ organization, projects }) => {
    const rated = projects.map(({ project, total }) => {
      const rate = rateOf.get(`${organization}\0${project}`);
      if (rate === undefined) throw new DemoError(`project ${project} of organization ${organization} has no rate`);
      return { total, rate };
    });
    return {
      organization,
      projects: projects.length,
      volume: rated.reduce((sum, { total }) => sum + total, 0),
      kept: rated.reduce((sum, { total, rate }) => sum + total * rate, 0),
      lowestRate: Math.min(...rated.map(({ rate }) => rate)),
      highestRate: Math.max(...rated.map(({ rate }) => rate)),
    };
  });
}

/** Every bit of every rate counts. */
export function ratesHash(rates: readonly StoredRate[]): string {
  const lines = rates.map(({ organization, project, rate }) => `${organization}\t${project}\t${rate}\n`);
  return createHash("sha256").update(lines.join("")).digest("hex").slice(0, 12);
}
