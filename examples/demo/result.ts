import type { VolumeRecord } from "taskwire/sampling";
import { DemoError } from "./errors.js";
import type { OrganizationOutcome } from "./outcome.js";

/** The rates of one organization, and what they keep. */
export interface OrganizationResult {
  readonly organization: string;
  readonly projects: number;
  /** Sum of its transactions' counts. */
  readonly volume: number;
  /** The rate of all its events without balancing, 0..1. */
  readonly baseRate: number;
  readonly factor: number;
  /** Share of the volume that its rates keep, 0..1. */
  readonly keptShare: number;
  /**
   * How many times as often as at the base rate its rare transactions are kept, and its common ones (below 1: less often).
   * A transaction with less than the average count is rare. Null: it has none.
   */
  readonly rareGain: number | null;
  readonly commonGain: number | null;
}

export interface Summary {
  readonly organizations: number;
  readonly projects: number;
  /** Accepted by `.delay()` and ended; retries are not counted again. */
  readonly activations: number;
  /** Activations that completed; all, unless something is wrong. */
  readonly completed: number;
  /** Further runs of activations whose run failed. */
  readonly retries: number;
  /** Runs that ended, retries included, divided by the seconds from the first `.delay()` until the last one ended. */
  readonly tasksPerSecond: number;
  readonly seconds: number;
  /** Twelve hexadecimal digits over all rates and factors: equal in two runs whose rates are equal. */
  readonly ratesHash: string;
  /** Absolute path of the folder with log, in-flight file and rates. */
  readonly data: string;
  /** Absolute path of the chart, an SVG. */
  readonly chart: string;
}

interface Class {
  readonly count: number;
  readonly rate: number;
}

/** Joins volumes and rates, in the order of the outcomes. Throws DemoError if a rate is missing. */
export function resultsOf(
  outcomes: readonly OrganizationOutcome[],
  projectIds: ReadonlyMap<number, string>,
  records: readonly VolumeRecord[],
): readonly OrganizationResult[] {
  return outcomes.map((outcome) => {
    const { id, name: organization, baseRate, factor, projects } = outcome;
    if (baseRate === null) throw new DemoError(`organization ${organization} has no base rate`);
    const byName = new Map(projects.map((project) => [project.name, project]));
    const classes = records
      .filter(({ orgId }) => orgId === id)
      .map(({ projectId, name, total }): Class => {
        const project = byName.get(projectIds.get(projectId) ?? "");
        const rate = project?.transactions.explicit.get(name) ?? project?.transactions.implicitRate ?? null;
        if (rate === null)
          throw new DemoError(`project ${project?.name ?? projectId} of organization ${organization} has no rate`);
        return { count: total, rate };
      });
    const volume = sum(classes, ({ count }) => count);
    const average = volume / classes.length;
    return {
      organization,
      projects: projects.length,
      volume,
      baseRate,
      factor,
      keptShare: keptShare(classes) ?? 0,
      rareGain: gain(
        classes.filter(({ count }) => count < average),
        baseRate,
      ),
      commonGain: gain(
        classes.filter(({ count }) => count >= average),
        baseRate,
      ),
    };
  });
}

function gain(classes: readonly Class[], baseRate: number): number | null {
  const share = keptShare(classes);
  return share === null ? null : share / baseRate;
}

/** Null without volume. */
function keptShare(classes: readonly Class[]): number | null {
  const volume = sum(classes, ({ count }) => count);
  return volume === 0 ? null : sum(classes, ({ count, rate }) => count * rate) / volume;
}

function sum<T>(list: readonly T[], of: (each: T) => number): number {
  return list.reduce((total, each) => total + of(each), 0);
}
