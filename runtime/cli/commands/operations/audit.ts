import { Command } from "commander";
import { AUDIT } from "../../../front/lists.js";
import type { AuditDocument, AuditLine } from "../../../operations/documents/audit.js";
import { type Printed, printList } from "../../operator/list.js";
import { type PageFlags, pagedCommand } from "../../operator/options.js";
import { asOperator } from "../../operator/session.js";

const PRINTED: Printed<AuditDocument, AuditLine> = {
  list: AUDIT,
  head: ["by", "what", "time", "kind", "subject"],
  names: 1,
  cells: (line) => [line.actor, line.verb, line.time, line.kind, subjectOf(line)],
  empty: "no line of the audit log matches",
};

export function auditCommand(): Command {
  return pagedCommand(
    new Command("audit")
      .description("print the audit log: what operators did, the newest first; reading it needs the right to change")
      .argument("[words...]", "words that a line contains, such as a name, a verb or an id"),
    ["audit", "audit pause ada --json --all"],
  ).action((words: readonly string[], flags: PageFlags) =>
    asOperator(flags, (operator) => printList(operator, flags, PRINTED, { q: words.join(" ") })),
  );
}

function subjectOf(line: AuditLine): string {
  if (line.kind === "job") return `${line.job} ${line.state} ${JSON.stringify(line.counts)}`;
  if (line.kind === "intent")
    return `${line.call} ${JSON.stringify(line.request)}${line.reason === "" ? "" : ` because: ${line.reason}`}`;
  return `${line.call} ${line.refused === undefined ? JSON.stringify(line.counts) : `refused: ${line.refused.message}`}`;
}
