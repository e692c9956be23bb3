import { TaskwireError } from "../../../base/errors.js";
import type { SchedulesDocument, SentDocument } from "../../../operations/documents/front.js";
import { OperationError } from "../../../operations/errors.js";
import { entryOf, type StoredSchedules } from "../../../scheduler/index.js";
import type { Call, Route } from "../../context.js";
import { bodyOf, withoutQuery } from "../request.js";
import type { Project } from "./project.js";
import { scheduleList, type WatchedSchedules } from "./schedule-list.js";
import { sent } from "./send.js";

type Entry = StoredSchedules["entries"][number];

export function scheduleRoutes(project: Project, watched: WatchedSchedules): readonly Route[] {
  return [
    {
      method: "GET",
      path: "schedules",
      role: "view",
      answer(call): Promise<SchedulesDocument> {
        withoutQuery(call);
        return scheduleList(call.context, project);
      },
    },
    {
      method: "POST",
      path: "schedules/:task/run",
      role: "operate",
      answer(call): Promise<SentDocument> {
        readReason(call);
        const { facts, schedule } = named(call, project);
        return sent(call, project, facts.key, schedule.parameters ?? {}, {});
      },
    },
    pausing(project, watched, "pause", true),
    pausing(project, watched, "resume", false),
  ];
}

function pausing(project: Project, watched: WatchedSchedules, verb: string, paused: boolean): Route {
  return {
    method: "POST",
    path: `schedules/:task/${verb}`,
    role: "operate",
    async answer(call): Promise<SchedulesDocument> {
      const reason = readReason(call);
      const entry = named(call, project);
      const pause = { paused, at: Date.now() };
      const { schedules } = project.of(call.context);
      await (await schedules.watermarks(entry)).pause(entry.facts.name, pause);
      watched.forget();
      const { context, session } = call;
      context.logger.info(`${verb}d a schedule for an operator`, {
        actor: session.name,
        task: entry.facts.name,
        reason,
      });
      // The own record may not have been read back yet.
      return scheduleList(context, project, { name: entry.facts.name, pause });
    },
  };
}

function readReason(call: Call): string | undefined {
  const reader = bodyOf(call);
  const reason = reader.text("reason");
  reader.end();
  return reason;
}

/** The schedule that the path names. Throws OperationError `unknown_schedule`. */
function named({ path, context }: Call, project: Project): Entry {
  const { entries } = project.of(context).schedules;
  try {
    return entryOf(entries, path.task ?? "");
  } catch (error) {
    if (!(error instanceof TaskwireError)) throw error;
    throw new OperationError("not_found", error.code, error.message, { field: "task", cause: error });
  }
}
