import { joinJobs } from "../../../front/join/jobs.js";
import type { JobsPage } from "../../../operations/documents/front.js";
import type { CancelJobDocument, JobsDocument } from "../../../operations/documents/jobs.js";
import { OperationError } from "../../../operations/errors.js";
import type { Call, Route } from "../../context.js";
import { bodyOf, withoutQuery } from "../request.js";

export const JOBS: readonly Route[] = [
  {
    method: "GET",
    path: "jobs",
    role: "view",
    answer: (call) => {
      withoutQuery(call);
      return list(call);
    },
  },
  {
    method: "POST",
    path: "jobs/:id/cancel",
    role: "operate",
    async answer(call): Promise<JobsPage> {
      const reader = bodyOf(call);
      const broker = reader.requiredText("broker");
      const reason = reader.text("reason");
      reader.end();
      const { front, path } = call;
      if (!front.brokers.includes(broker))
        throw new OperationError(
          "not_found",
          "unknown_broker",
          `broker: expected one of ${front.brokers.join(", ")}, found "${broker.slice(0, 80)}"`,
          { field: "broker" },
        );
      await front.only([broker]).ask<CancelJobDocument>("CancelJob", { id: path.id, reason });
      return list(call);
    },
  },
];

async function list({ front }: Call): Promise<JobsPage> {
  return joinJobs(await front.ask<JobsDocument>("Jobs", {}));
}
