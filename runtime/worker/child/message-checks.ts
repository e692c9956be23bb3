import type { FromChild, TakeBack, TakenBack, ToChild } from "./messages.js";

/** Whether a message is one of these: a handler that finds the pipe can write anything to it. */
export function isFromChild(message: unknown): message is FromChild {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  const fields: Readonly<Record<string, unknown>> = { ...message };
  switch (message.kind) {
    case "ready":
      return isRegistry(fields.registry);
    case "refused":
      return typeof fields.problem === "string";
    case "report":
      return (
        [fields.started, fields.completed, fields.ran, fields.interrupted, fields.late].every(areRuns) &&
        Array.isArray(fields.ended) &&
        fields.ended.every(isEnded) &&
        isOptional(fields.unknownKeys)
      );
    case "vitals":
      return typeof fields.rss === "number" && typeof fields.lag === "number";
    case "log":
      return typeof fields.text === "string";
    case "output":
      return typeof fields.line === "string" && (fields.stream === "stdout" || fields.stream === "stderr");
    case "fault":
      return (
        (fields.what === "unhandled rejection" || fields.what === "uncaught exception") &&
        typeof fields.error === "string" &&
        [fields.stack, fields.id, fields.task].every((each) => each === undefined || typeof each === "string") &&
        isOptional(fields.attempt) &&
        (fields.running === undefined || areStrings(fields.running))
      );
    default:
      return message.kind === "exiting" && isOptional(fields.run);
  }
}

export function isToChild(message: unknown): message is ToChild {
  if (typeof message !== "object" || message === null || !("kind" in message)) return false;
  return message.kind === "run" || message.kind === "abort" || message.kind === "end";
}

export function isTakeBack(message: unknown): message is TakeBack {
  if (typeof message !== "object" || message === null || !("runs" in message) || !("orders" in message)) return false;
  return areRuns(message.runs) && areRuns(message.orders);
}

export function isTakenBack(message: unknown): message is TakenBack {
  if (typeof message !== "object" || message === null || !("taken" in message) || !("begun" in message)) return false;
  return areRuns(message.taken) && areRuns(message.begun);
}

function isRegistry(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("application" in value) || !("tasks" in value)) return false;
  return typeof value.application === "string" && Array.isArray(value.tasks);
}

function areStrings(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}

function areRuns(value: unknown): boolean {
  return Array.isArray(value) && value.every((run) => typeof run === "number");
}

function isOptional(value: unknown): boolean {
  return value === undefined || typeof value === "number";
}

function isEnded(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("run" in value) || !("result" in value)) return false;
  if (typeof value.run !== "number" || typeof value.result !== "object" || value.result === null) return false;
  const { kind, reason, error, stack, delay, maxAttempts, ran }: Readonly<Record<string, unknown>> = {
    ...value.result,
  };
  if (!isOptional(ran)) return false;
  if (kind === "complete") return true;
  if (kind === "cancelled") return typeof error === "string";
  if (kind !== "retry" && kind !== "failure") return false;
  if (stack !== undefined && typeof stack !== "string") return false;
  return typeof reason === "string" && typeof error === "string" && isOptional(delay) && isOptional(maxAttempts);
}
