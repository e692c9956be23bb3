import type { Status } from "../../operations/status/document.js";
import type { Verb } from "../../operations/verb.js";
import { changingVerbs } from "../changing/verbs.js";
import { controlVerbs } from "../controls/verbs.js";
import { workerVerbs } from "../controls/workers.js";
import { historyVerbs } from "../history/verbs.js";
import { Jobs } from "../jobs/jobs.js";
import { Pace } from "../jobs/pace.js";
import { Plans } from "../jobs/plans.js";
import { jobVerbs } from "../jobs/verbs.js";
import { problemsVerb } from "../observe/problems-verb.js";
import { lineOfJob } from "../operations/audit/audited.js";
import { auditVerb } from "../operations/audit/verb.js";
import type { BrokerOptions } from "../options.js";
import { readingVerbs } from "../reading/verbs.js";
import { lettersOf } from "./letters.js";
import type { Parts } from "./parts.js";
import type { Shutdown } from "./shutdown.js";
import type { Stations } from "./stations.js";

/** The verbs that this broker implements. */
export function verbsOf(
  options: BrokerOptions,
  parts: Parts,
  { engine, controls }: Stations,
  status: () => Promise<Status>,
  shutdown: Shutdown,
): readonly Verb[] {
  const { clock, pool, topics, history, series, journal, runtimeConfig, audit } = parts;
  const jobs = new Jobs(clock, options.logger);
  const letters = lettersOf(options, parts, jobs, shutdown);
  jobs.onEnd((job) => void audit.write(lineOfJob({ pool: pool.name, clock }, job)));
  // Before the engine stops: a job ends between two of its slices.
  shutdown.onDrain(() => jobs.close());
  const { inflight } = engine;
  const sources = () => ({ live: inflight.live, snapshot: inflight.snapshot, journal, clock });
  const pace = new Pace(clock, () => inflight.snapshot);
  const subjects = { pool: pool.name, topics: [...topics.keys()] };
  return [
    problemsVerb(options.listen ?? pool.name, status),
    ...jobVerbs(jobs),
    auditVerb(audit.file),
    ...readingVerbs(sources),
    ...changingVerbs({ engine, sources, jobs, plans: new Plans(clock), pace }),
    ...historyVerbs(history, series, clock),
    ...controlVerbs({ ...subjects, controls, runtimeConfig, inflight, journal, clock }),
    ...workerVerbs(engine, status),
    ...letters,
  ];
}
