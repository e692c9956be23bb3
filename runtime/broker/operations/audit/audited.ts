import type { Clock } from "../../../base/clock.js";
import { codeOf, messageOf } from "../../../base/errors.js";
import { newId } from "../../../base/ids.js";
import { cut } from "../../../base/text.js";
import type { AuditLine } from "../../../operations/documents/audit.js";
import type { JobDocument } from "../../../operations/documents/jobs.js";
import { type Caller, type Verb, WithActivation } from "../../../operations/verb.js";
import type { Role } from "../../../operations/verbs.js";

/** Parameters of verbs that the audit log has as they are. Others, such as those of a task, are only named. */
const LOGGED: ReadonlySet<string> = new Set([
  "q",
  "id",
  "ids",
  "place",
  "places",
  "plan",
  "dryRun",
  "chain",
  "ahead",
  "until",
  "kind",
  "subject",
  "task",
  "worker",
  "undo",
  "rate",
  "mayHaveStarted",
  "state",
  "raw",
  "reveal",
]);
const LONGEST_TEXT = 4096;
const LONGEST_ENTRY = 128;
const MOST_ENTRIES = 1000;

interface Audit {
  readonly log: { write(line: AuditLine): Promise<void> };
  readonly pool: string;
  readonly clock: Clock;
}

/** Runs a verb between two lines of the audit log; the first one is on disk before it acts. */
export async function audited(
  { log, pool, clock }: Audit,
  { verb, role, address }: { readonly verb: Verb; readonly role: Role; readonly address: string },
  request: unknown,
  caller: Caller,
): Promise<object> {
  const call = newId().slice(0, 12);
  const facts = () => ({ time: timeOf(clock), pool, verb: verb.name, actor: cut(caller.actor, LONGEST_ENTRY), call });
  const asked = askedOf(request);
  await log.write({ ...facts(), kind: "intent", role, address, ...asked });
  try {
    const answer = await verb.run(request, caller);
    await log.write({
      ...facts(),
      kind: "result",
      counts: countsOf(answer instanceof WithActivation ? answer.document : answer),
    });
    return answer;
  } catch (error) {
    const refused = { code: codeOf(error), message: cut(messageOf(error), LONGEST_TEXT) };
    await log.write({ ...facts(), kind: "result", counts: {}, refused });
    throw error;
  }
}

/** The line for the end of bulk work. */
export function lineOfJob({ pool, clock }: Omit<Audit, "log">, job: JobDocument): AuditLine {
  const { id, verb, state } = job;
  const actor = cut(job.actor, LONGEST_ENTRY);
  return { time: timeOf(clock), pool, kind: "job", job: id, verb, actor, state, counts: countsOf(job) };
}

function timeOf(clock: Clock): string {
  return new Date(clock.wall()).toISOString();
}

function askedOf(request: unknown): { readonly reason: string; readonly request: Readonly<Record<string, unknown>> } {
  const entries = typeof request === "object" && request !== null ? Object.entries(request) : [];
  const shown: Record<string, unknown> = {};
  const others: string[] = [];
  let reason = "";
  for (const [name, value] of entries.slice(0, LOGGED.size * 2)) {
    if (name === "reason") reason = cut(String(value), LONGEST_TEXT);
    else if (LOGGED.has(name)) shown[name] = shownValue(value);
    else others.push(cut(name, LONGEST_ENTRY));
  }
  return { reason, request: others.length === 0 ? shown : { ...shown, others } };
}

function shownValue(value: unknown): unknown {
  if (typeof value === "string") return cut(value, LONGEST_TEXT);
  if (typeof value === "number" || typeof value === "boolean") return value;
  if (!Array.isArray(value)) return typeof value;
  return value.slice(0, MOST_ENTRIES).map((each: unknown) => cut(String(each), LONGEST_ENTRY));
}

/** Numbers and switches of an answer, also those one level below, and the job that it started. Nothing else. */
function countsOf(answer: object): Readonly<Record<string, unknown>> {
  const counts: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(answer)) {
    const job = name === "job" ? jobOf(value) : undefined;
    if (job !== undefined) counts.job = job;
    else if (isCount(value)) counts[name] = value;
    else if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const inner = Object.entries(value).filter(([, each]) => isCount(each));
      if (inner.length > 0) counts[name] = Object.fromEntries(inner.slice(0, MOST_ENTRIES));
    }
  }
  return counts;
}

function jobOf(value: unknown): string | undefined {
  const id: unknown = typeof value === "object" && value !== null && "id" in value ? value.id : value;
  return typeof id === "string" ? cut(id, LONGEST_ENTRY) : undefined;
}

function isCount(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}
