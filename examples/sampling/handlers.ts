import type { TaskRun } from "taskwire";
import {
  dynamicSamplingTask,
  dynamicSamplingTaskWithContext,
  MAX_TASK_SECONDS,
  type TaskContext,
} from "taskwire/sampling";
import type { DynamicSamplingHandlers } from "../../generated/namespaces/dynamic_sampling.js";
import type { SamplingPorts } from "./ports.js";
import { runName } from "./run-name.js";
import { boostLowVolumeProjects } from "./tasks/boost-projects.js";
import { boostLowVolumeProjectsOfOrg, boostLowVolumeProjectsOfOrgWithQuery } from "./tasks/boost-projects-of-org.js";
import { boostLowVolumeTransactions } from "./tasks/boost-transactions.js";
import { boostLowVolumeTransactionsOfProject } from "./tasks/boost-transactions-of-project.js";
import { recalibrateOrgs } from "./tasks/recalibrate-orgs.js";
import { recalibrateOrgsBatch } from "./tasks/recalibrate-orgs-batch.js";
import { recalibrateProjectsBatch } from "./tasks/recalibrate-projects-batch.js";
import { slidingWindowOrg } from "./tasks/sliding-window-org.js";

/** Told when the rates of an organization's projects were stored. */
type Balanced = (orgId: number, projects: number) => Promise<unknown>;

/**
 * The sampling tasks over some ports, measured as dynamic-sampling.md 6 says. `ports` is asked at each run, so that nothing
 * is opened before a task comes. The worker's signal ends a task at its next step.
 */
export function samplingHandlers(
  ports: () => SamplingPorts,
  balanced: Balanced = () => Promise.resolve(),
): DynamicSamplingHandlers {
  const plain =
    <P>(name: string, run: (ports: SamplingPorts, parameters: P, task: TaskRun) => unknown) =>
    (parameters: P, task: TaskRun) => {
      const of = ports();
      return dynamicSamplingTask({ name, ...of.instruments })(() => run(of, parameters, task))();
    };
  const withContext =
    <P>(name: string, run: (ports: SamplingPorts, context: TaskContext, parameters: P, task: TaskRun) => unknown) =>
    (parameters: P, task: TaskRun) => {
      const of = ports();
      const wrap = dynamicSamplingTaskWithContext({ name, maxTaskExecution: MAX_TASK_SECONDS, ...of.instruments });
      return wrap((context, given: P, by: TaskRun) => run(of, context, given, by))(parameters, task);
    };
  const tell = async (orgId: number, projects: number) => {
    if (projects > 0) await balanced(orgId, projects);
  };

  return {
    recalibrateOrgs: withContext("recalibrate_orgs", (of, context, _parameters, task) =>
      recalibrateOrgs(of, context, runName(task)),
    ),
    recalibrateOrgsBatch: plain("recalibrate_orgs_batch", (of, { organizations }, task) =>
      recalibrateOrgsBatch(of, organizations, runName(task), task.signal),
    ),
    recalibrateProjectsBatch: withContext("recalibrate_projects_batch", (of, context, { organization_ids }, task) =>
      recalibrateProjectsBatch(of, context, organization_ids, runName(task)),
    ),
    boostLowVolumeProjects: withContext("boost_low_volume_projects", boostLowVolumeProjects),
    boostLowVolumeProjectsOfOrg: plain(
      "boost_low_volume_projects_of_org",
      async (of, { organization_id, projects }, { signal }) => {
        const counts = projects.map(({ project_id, total }) => ({ projectId: project_id, total }));
        await tell(organization_id, await boostLowVolumeProjectsOfOrg(of, organization_id, counts, signal));
      },
    ),
    boostLowVolumeProjectsOfOrgWithQuery: withContext(
      "boost_low_volume_projects_of_org_with_query",
      async (of, context, { organization_id }, { signal }) =>
        tell(organization_id, await boostLowVolumeProjectsOfOrgWithQuery(of, context, organization_id, signal)),
    ),
    boostLowVolumeTransactions: withContext("boost_low_volume_transactions", boostLowVolumeTransactions),
    boostLowVolumeTransactionsOfProject: plain(
      "boost_low_volume_transactions_of_project",
      (of, parameters, { signal }) => boostLowVolumeTransactionsOfProject(of, parameters, signal),
    ),
    slidingWindowOrg: withContext("sliding_window_org", slidingWindowOrg),
  };
}
