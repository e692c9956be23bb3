import type { Route, WebContext } from "../context.js";
import { CHANGES as ACTIVATION_CHANGES } from "./activations/change.js";
import { LIST as ACTIVATIONS } from "./activations/list.js";
import { ONE as ACTIVATION, REVEAL as REVEAL_ACTIVATION } from "./activations/one.js";
import { AUDIT } from "./brokers/audit.js";
import { CONTROLS } from "./brokers/controls.js";
import { HISTORY } from "./brokers/history.js";
import { JOBS } from "./brokers/jobs.js";
import { POOLS } from "./brokers/pools.js";
import { statusRoutes } from "./brokers/statuses.js";
import { WORKERS } from "./brokers/workers.js";
import { CHANGES as LETTER_CHANGES } from "./letters/change.js";
import { exportRoute } from "./letters/export.js";
import { GROUPS, LIST as LETTERS } from "./letters/list.js";
import { CHECK, ONE as LETTER, REVEAL as REVEAL_LETTER } from "./letters/one.js";
import { Project } from "./schema/project.js";
import { WatchedSchedules } from "./schema/schedule-list.js";
import { scheduleRoutes } from "./schema/schedules.js";
import { sendRoute } from "./schema/send.js";
import { TASKS } from "./schema/tasks.js";

/** The routes of the HTTP API, except those of the session and of events. */
interface ApiRoutes {
  readonly routes: readonly Route[];
  readonly schedules: WatchedSchedules;
  /** Closes what they opened. */
  close(): Promise<void>;
}

export function apiRoutes(context: WebContext): ApiRoutes {
  const project = new Project();
  const schedules = new WatchedSchedules(context, project);
  return {
    routes: [
      ...statusRoutes(schedules),
      POOLS,
      ...HISTORY,
      ...JOBS,
      ...CONTROLS,
      ...WORKERS,
      ...AUDIT,
      ACTIVATIONS,
      ...ACTIVATION_CHANGES,
      ACTIVATION,
      REVEAL_ACTIVATION,
      LETTERS,
      GROUPS,
      CHECK,
      ...LETTER_CHANGES,
      exportRoute(),
      LETTER,
      REVEAL_LETTER,
      ...TASKS,
      sendRoute(project),
      ...scheduleRoutes(project, schedules),
    ],
    schedules,
    close: () => project.close(context.logger),
  };
}
