import { cut } from "../../base/text.js";
import type { DrainAnswer, WorkersAnswer } from "../../operations/documents/workers.js";
import { OperationError } from "../../operations/errors.js";
import { RequestReader } from "../../operations/request.js";
import type { Status } from "../../operations/status/document.js";
import type { Verb } from "../../operations/verb.js";
import type { Engine } from "../engine/engine.js";

/** Workers, Drain. */
export function workerVerbs(
  engine: Pick<Engine, "apply" | "durable" | "inflight">,
  status: () => Promise<Status>,
): readonly Verb[] {
  return [
    {
      name: "Workers",
      async run(request): Promise<WorkersAnswer> {
        new RequestReader(request).end();
        const { sessions, pullClients, pushTargets } = await status();
        return { sessions, pullClients, pushTargets };
      },
    },
    {
      name: "Drain",
      async run(request): Promise<DrainAnswer> {
        const reader = new RequestReader(request);
        const worker = reader.requiredText("worker");
        const drained = !reader.flag("undo");
        reader.text("reason");
        const dryRun = reader.flag("dryRun");
        reader.end();
        const sessionsOfWorker = () => engine.inflight.snapshot.sessions.filter((session) => session.worker === worker);
        const before = sessionsOfWorker();
        if (before.length === 0)
          throw new OperationError(
            "not_found",
            "unknown_worker",
            `worker: expected a worker with a session at this broker, found "${cut(worker, 64)}"; Workers lists them, and pull and push workers cannot be drained`,
            { field: "worker" },
          );
        const changes = before.some((session) => session.drained !== drained);
        if (!dryRun && changes) {
          engine.apply({ kind: "drain", worker, drained });
          // Claims that waited for their commit are handed out before the answer, and none is after it.
          await engine.durable(true);
        }
        const processing = before.reduce((sum, session) => sum + session.processing, 0);
        return {
          worker,
          drained: sessionsOfWorker().every((session) => session.drained),
          done: changes && !dryRun,
          processing,
        };
      },
    },
  ];
}
