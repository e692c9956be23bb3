import type { JobsPage } from "../../operations/documents/front.js";
import type { JobsDocument } from "../../operations/documents/jobs.js";
import type { Asked } from "../front.js";
import { partialOf } from "./partial.js";

/** The jobs of all brokers, the newest first. */
export function joinJobs(asked: Asked<JobsDocument>): JobsPage {
  const jobs = asked.answers.flatMap(({ broker, document }) => document.jobs.map((job) => ({ ...job, broker })));
  return {
    jobs: jobs.sort((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt)),
    partial: partialOf(asked),
  };
}
