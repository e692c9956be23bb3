import { defineIntegrationsHandlers } from "../generated/registry.js";
import type { IssueStatus } from "../generated/types.js";
import { printResult } from "./print-result.js";

/** What the tracker calls our statuses; a new one in the schema stops the compiler here. */
const TRANSITIONS: Readonly<Record<IssueStatus, string>> = {
  resolved: "Done",
  unresolved: "Reopened",
  ignored: "Won't do",
};

export const integrationsHandlers = defineIntegrationsHandlers({
  syncIssueStatus: ({ integration_id, group_id, status }, task) => {
    printResult(task, { integration_id, group_id, transition: TRANSITIONS[status] });
  },
});
