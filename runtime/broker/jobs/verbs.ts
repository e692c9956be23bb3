import type { CancelJobDocument, JobsDocument } from "../../operations/documents/jobs.js";
import { RequestReader } from "../../operations/request.js";
import type { Verb } from "../../operations/verb.js";
import type { Jobs } from "./jobs.js";

export function jobVerbs(jobs: Jobs): readonly Verb[] {
  return [
    {
      name: "Jobs",
      async run(request): Promise<JobsDocument> {
        new RequestReader(request).end();
        return { jobs: jobs.list() };
      },
    },
    {
      name: "CancelJob",
      async run(request, { actor }): Promise<CancelJobDocument> {
        const reader = new RequestReader(request);
        const id = reader.requiredText("id");
        reader.text("reason");
        reader.end();
        return { job: jobs.cancel(id, actor) };
      },
    },
  ];
}
