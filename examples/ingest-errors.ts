import { createHash } from "node:crypto";
import { defineIngestErrorsHandlers } from "../generated/registry.js";
import { printResult } from "./print-result.js";

const UNTITLED = "<unlabeled event>";

export const ingestErrorsHandlers = defineIngestErrorsHandlers({
  saveEvent: ({ project_id, event_id, received_at, payload }, task) => {
    const title = titleOf(payload);
    printResult(task, {
      project_id,
      event_id,
      received_at: received_at.toISOString(),
      title,
      group: fingerprint(project_id, title),
    });
  },
});

/** What an event is called: its message without the numbers in it, so that "timeout after 31 ms" is one issue. */
function titleOf(payload: unknown): string {
  if (typeof payload !== "object" || payload === null || !("message" in payload)) return UNTITLED;
  return typeof payload.message === "string" ? payload.message.replace(/\d+/g, "<n>") : UNTITLED;
}

/** Events of one project with one fingerprint are one issue. */
function fingerprint(project: number, title: string): string {
  return createHash("sha256").update(`${project}\n${title}`).digest("hex").slice(0, 16);
}
