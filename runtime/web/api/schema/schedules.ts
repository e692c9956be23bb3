import { messageOf, TaskwireError } from "../../../base/errors.js";
import type { SchedulesDocument, SentDocument } from "../../../operations/documents/front.js";
import { OperationError } from "../../../operations/errors.js";
import { entryOf, type StoredSchedules, scheduleRow } from "../../../scheduler/index.js";
import type { Call, Route } from "../../context.js";
import { bodyOf, withoutQuery } from "../request.js";
import type { Project } from "./project.js";
import { sent } from "./send.js";

type Entry = StoredSchedules["entries"][number];

export function scheduleRoutes(project: Project): readonly Route[] {
  return [
    {
      method: "GET",
      path: "schedules",
      role: "view",
      answer(call): Promise<SchedulesDocument> {
        withoutQuery(call);
        return list(call, project);
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
    pausing(project, "pause", true),
    pausing(project, "resume", false),
  ];
}

function pausing(project: Project, verb: string, paused: boolean): Route {
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
      const { context, session } = call;
      context.logger.info(`${verb}d a schedule for an operator`, {
        actor: session.name,
        task: entry.facts.name,
        reason,
      });
      // The own record may not have been read back yet.
      return list(call, project, { name: entry.facts.name, pause });
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

/** `changed`: a pause that may not show yet. */
async function list(
  { context }: Call,
  project: Project,
  changed?: { readonly name: string; readonly pause: { readonly paused: boolean; readonly at: number } },
): Promise<SchedulesDocument> {
  if (context.models().length === 0)
    return { schedules: [], problem: "the console has no model: start it with --model FILE" };
  const { schedules } = project.of(context);
  const now = Date.now();
  let problem: string | null = null;
  const rows = await Promise.all(
    schedules.entries.map(async (entry) => {
      const state = await schedules.stateOf(entry).catch((error: unknown) => {
        // Also what SQLite says of a file that it cannot open.
        context.logger.warn("the state of a schedule cannot be read", {
          task: entry.facts.key,
          error: messageOf(error),
        });
        problem = `which schedules are paused, and when they last ran, is not known: ${messageOf(error)}`;
        return {};
      });
      const own = changed?.name === entry.facts.name ? { pause: changed.pause } : {};
      return scheduleRow(entry, { ...state, ...own }, now);
    }),
  );
  return { schedules: rows, problem };
}
