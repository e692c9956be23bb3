import { defineReplaysHandlers } from "../generated/registry.js";
import { printResult } from "./print-result.js";

export const replaysHandlers = defineReplaysHandlers({
  /** Deleting what is gone already succeeds: the task runs at least once. */
  deleteReplay: ({ project_id, replay_id, keep_audit_entry }, task) => {
    printResult(task, {
      project_id,
      deleted: `replays/${project_id}/${replay_id}/`,
      audit: keep_audit_entry ? "kept" : "none",
    });
  },
});
