import type { Verb } from "../../operations/verb.js";
import { Jobs } from "../jobs/jobs.js";
import { jobVerbs } from "../jobs/verbs.js";
import type { BrokerOptions } from "../options.js";
import type { Parts } from "./parts.js";
import type { Shutdown } from "./shutdown.js";

/** The verbs that this broker implements. */
export function verbsOf({ logger }: BrokerOptions, { clock }: Parts, shutdown: Shutdown): readonly Verb[] {
  const jobs = new Jobs(clock, logger);
  // Before the engine stops: a job ends between two of its slices.
  shutdown.onDrain(() => jobs.close());
  return [...jobVerbs(jobs)];
}
