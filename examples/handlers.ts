import { defineHandlers } from "../generated/registry.js";
import { dynamicSamplingHandlers } from "./dynamic-sampling.js";
import { ingestErrorsHandlers } from "./ingest-errors.js";
import { ingestProfilingHandlers } from "./ingest-profiling.js";
import { integrationsHandlers } from "./integrations.js";
import { issuesHandlers } from "./issues.js";
import { notificationsHandlers } from "./notifications.js";
import { replaysHandlers } from "./replays.js";
import { uptimeHandlers } from "./uptime.js";

/** The example application: the module that `taskwire worker --handlers dist/examples/handlers.js` loads. */
export default defineHandlers({
  dynamicSampling: dynamicSamplingHandlers,
  ingestErrors: ingestErrorsHandlers,
  ingestProfiling: ingestProfilingHandlers,
  integrations: integrationsHandlers,
  issues: issuesHandlers,
  notifications: notificationsHandlers,
  replays: replaysHandlers,
  uptime: uptimeHandlers,
});
