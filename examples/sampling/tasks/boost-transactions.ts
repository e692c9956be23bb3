import {
  FetchProjectTransactionTotals,
  FetchProjectTransactionVolumes,
  GetActiveOrgs,
  MAX_PROJECTS_PER_QUERY,
  type ProjectTransactions,
  type TaskContext,
  TimedIterator,
  zipTransactions,
} from "taskwire/sampling";
import { dynamicSampling } from "../../../generated/index.js";
import { numberOption } from "../option.js";
import type { SamplingPorts } from "../ports.js";
import { CHILD_HEADERS } from "./child-headers.js";

/** Children that are dispatched by one append. */
const DISPATCHED_AT_ONCE = 256;
const LARGE = "dynamic-sampling:prioritise_transactions.num_explicit_large_transactions";
const SMALL = "dynamic-sampling:prioritise_transactions.num_explicit_small_transactions";

/** dynamic-sampling.md 15.3: joins totals, largest and smallest transactions, one task a project. */
export async function boostLowVolumeTransactions(ports: SamplingPorts, context: TaskContext): Promise<void> {
  const { volumes, options } = ports;
  const numLarge = await numberOption(options, LARGE, 0);
  const numSmall = await numberOption(options, SMALL, 0);
  const active = new GetActiveOrgs(volumes, { maxProjects: MAX_PROJECTS_PER_QUERY });
  for await (const orgs of new TimedIterator(context, active)) {
    const totals = new FetchProjectTransactionTotals(volumes, orgs);
    const small = new FetchProjectTransactionVolumes(volumes, { orgs, large: false, max: numSmall });
    const big = new FetchProjectTransactionVolumes(volumes, { orgs, large: true, max: numLarge });
    const joined = zipTransactions(
      new TimedIterator(context, totals, "GetTransactionTotals"),
      new TimedIterator(context, big, "GetTransactionVolumes(big)"),
      new TimedIterator(context, small, "GetTransactionVolumes(small)"),
    );
    let waiting: ProjectTransactions[] = [];
    for await (const project of joined) {
      waiting.push(project);
      if (waiting.length < DISPATCHED_AT_ONCE) continue;
      await dispatch(waiting);
      waiting = [];
    }
    await dispatch(waiting);
  }
}

async function dispatch(projects: readonly ProjectTransactions[]): Promise<void> {
  await dynamicSampling.boostLowVolumeTransactionsOfProject.delayMany(
    projects.map(({ orgId, projectId, transactionCounts, totalNumTransactions, totalNumClasses }) => ({
      organization_id: orgId,
      project_id: projectId,
      transactions: transactionCounts.map(([name, count]) => ({ name, count })),
      total_num_transactions: totalNumTransactions ?? undefined,
      total_num_classes: totalNumClasses ?? undefined,
    })),
    { headers: CHILD_HEADERS },
  );
}
