import { isReason } from "../../../activation/reasons.js";
import type { EndDocument } from "../../../operations/documents/ends.js";

/** One line of a history file, with its end. */
export function lineOf(end: EndDocument): string {
  return `${JSON.stringify(end)}\n`;
}

/** The line for ends that are not in the file, because there were too many. `wall`: milliseconds. */
export function leftOutLine(leftOut: number, wall: number): string {
  return `${JSON.stringify({ leftOut, at: new Date(wall).toISOString() })}\n`;
}

/** The end of a line; undefined for anything else: a damaged line, the line of ends that were left out. */
export function endOf(line: string): EndDocument | undefined {
  let fields: Readonly<Record<string, unknown>>;
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null) return undefined;
    fields = { ...value };
  } catch {
    return undefined;
  }
  const { end, at, id, application, namespace, task, topic, receivedAt, error } = fields;
  const { partition, offset, attempt, lost, due, handedOutAt, held, ran, worker, claim, reason, fingerprint } = fields;
  if (!isText(end) || !isTime(at) || !isText(id) || !isText(application) || !isText(namespace)) return undefined;
  if (!isText(task) || !isText(topic) || !isTime(receivedAt) || !isText(error)) return undefined;
  if (!isNumber(partition) || !isNumber(offset) || !isNumber(attempt) || !isNumber(lost)) return undefined;
  if (!(due === null || isTime(due)) || !(handedOutAt === null || isTime(handedOutAt))) return undefined;
  if (!(held === null || isNumber(held)) || !(ran === null || isNumber(ran))) return undefined;
  if (!(worker === null || isText(worker)) || !(claim === null || isNumber(claim))) return undefined;
  if (!(fingerprint === null || isText(fingerprint))) return undefined;
  if (!(reason === null || (isText(reason) && isReason(reason)))) return undefined;
  const names = { id, application, namespace, task, topic, partition, offset };
  const times = { receivedAt, due, handedOutAt, held, ran };
  return { end, at, ...names, attempt, lost, ...times, worker, claim, reason, error, fingerprint };
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number";
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && Number.isFinite(Date.parse(value));
}
