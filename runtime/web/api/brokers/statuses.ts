import { joinProblems } from "../../../front/join/problems.js";
import { joinStatuses } from "../../../front/join/statuses.js";
import type { JoinedProblems, StatusesDocument } from "../../../operations/documents/front.js";
import { wireNameOf } from "../../../operations/wire-name.js";
import type { Route } from "../../context.js";
import { queryOf, withoutQuery } from "../request.js";
import type { WatchedSchedules } from "../schema/schedule-list.js";

/** When no broker answers, both say so of each: that is what there is to see. */
export function statusRoutes(schedules: WatchedSchedules): readonly Route[] {
  return [
    {
      method: "GET",
      path: "statuses",
      role: "view",
      async answer(call): Promise<StatusesDocument> {
        withoutQuery(call);
        return joinStatuses(await call.front.look());
      },
    },
    {
      method: "GET",
      path: "problems",
      role: "view",
      async answer(call): Promise<JoinedProblems> {
        const reader = queryOf(call);
        const task = reader.text("task");
        reader.end();
        const models = call.context.models();
        const [looked, known] = await Promise.all([call.front.look(), schedules.look()]);
        const statuses = joinStatuses(looked);
        const name =
          task === undefined || statuses.brokers.length === 0 ? task : wireNameOf(task, models, statuses.brokers);
        return joinProblems(statuses, models, { task: name, schedules: known });
      },
    },
  ];
}
