import { DAY, HOUR } from "../constants.js";
import { checkedCount } from "../numbers.js";
import type { Organizations } from "../ports/ports.js";
import type { Measure, ProjectCountRow, VolumeSource } from "../ports/volume-source.js";
import type { TaskContext } from "../timing/task-context.js";
import { TimedIterator } from "../timing/timed-iterator.js";
import { Chunks } from "./paging.js";

const NAME = "fetch_projects_with_total_root_transaction_count_and_rates";

export interface ProjectCount {
  readonly projectId: number;
  readonly total: number;
  readonly keep: number;
  /** total - keep. */
  readonly drop: number;
}

export interface ProjectCountsOptions {
  readonly orgs: readonly number[];
  readonly measure: Measure;
  /** Seconds. Default one hour. Buckets are of a day when it is more than a day, else of an hour. */
  readonly interval?: number;
}

/**
 * The counts of the active projects of some organizations, by organization, ascending (dynamic-sampling.md 12). Throws
 * TimeoutException, InvalidVolume, and what the ports throw.
 */
export async function fetchProjectCounts(
  context: TaskContext,
  source: VolumeSource,
  facts: Organizations,
  { orgs, measure, interval = HOUR }: ProjectCountsOptions,
): Promise<ReadonlyMap<number, readonly ProjectCount[]>> {
  const active = await facts.projects(orgs);
  const isActive = new Set([...active.values()].flat());
  const granularity = interval > DAY ? DAY : HOUR;
  const found = new Map<number, ProjectCount[]>();
  context.incrFunctionState(NAME, { numIterations: 1 });
  const chunks = chunksOf(
    new Chunks((page) => source.projectCounts({ orgs, measure, interval, granularity, ...page })),
  );
  for await (const chunk of new TimedIterator(context, chunks, NAME)) {
    const rows = chunk.filter(({ projectId }) => isActive.has(projectId));
    for (const row of rows) {
      const counts = found.get(row.orgId) ?? [];
      counts.push(checked(row));
      found.set(row.orgId, counts);
    }
    context.incrFunctionState(NAME, { numDbCalls: 1, numRowsTotal: rows.length, numProjects: rows.length });
    context.getFunctionState(NAME).numOrgs = found.size;
  }
  return found;
}

async function* chunksOf<Row>(chunks: Chunks<Row>): AsyncGenerator<readonly Row[]> {
  while (chunks.hasMore) yield (await chunks.next()).rows;
}

function checked({ orgId, projectId, total, keep }: ProjectCountRow): ProjectCount {
  checkedCount(`the total of project ${projectId} of organization ${orgId}`, total);
  checkedCount(`the kept volume of project ${projectId} of organization ${orgId}`, keep);
  return { projectId, total, keep, drop: total - keep };
}
