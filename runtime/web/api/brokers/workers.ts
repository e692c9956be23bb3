import { perBroker } from "../../../front/join/per-broker.js";
import type { JoinedWorkers, WorkersChange } from "../../../operations/documents/front.js";
import type { DrainAnswer, WorkersAnswer } from "../../../operations/documents/workers.js";
import type { Route } from "../../context.js";
import { bodyOf, withoutQuery } from "../request.js";

export const WORKERS: readonly Route[] = [
  {
    method: "GET",
    path: "workers",
    role: "view",
    async answer(call): Promise<JoinedWorkers> {
      withoutQuery(call);
      return perBroker(await call.front.ask<WorkersAnswer>("Workers", {}));
    },
  },
  {
    method: "POST",
    path: "workers/:id/drain",
    role: "operate",
    async answer(call): Promise<WorkersChange> {
      const reader = bodyOf(call);
      const request = {
        worker: call.path.id,
        undo: reader.flag("undo") || undefined,
        dryRun: reader.flag("dryRun") || undefined,
        reason: reader.text("reason"),
      };
      reader.end();
      return perBroker(await call.front.ask<DrainAnswer>("Drain", request));
    },
  },
];
