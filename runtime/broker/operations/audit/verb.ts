import type { AuditDocument } from "../../../operations/documents/audit.js";
import { RequestReader } from "../../../operations/request.js";
import type { Verb } from "../../../operations/verb.js";
import { auditPage } from "./audit-pages.js";

const MOST_LINES = 1000;
const LINES = 100;

/** Reads the audit log. `q`: words that a line must contain. */
export function auditVerb(file: string): Verb {
  return {
    name: "Audit",
    run(request): Promise<AuditDocument> {
      const reader = new RequestReader(request);
      const limit = reader.integer("limit", { least: 1, most: MOST_LINES }) ?? LINES;
      const words = (reader.text("q") ?? "")
        .toLowerCase()
        .split(/\s+/)
        .filter((word) => word !== "");
      const cursor = reader.text("cursor");
      reader.end();
      return auditPage(file, { limit, words, cursor });
    },
  };
}
