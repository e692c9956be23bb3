import type { Logger } from "../../base/logger.js";
import type { Fault } from "../child/messages.js";

/** Logs an error outside any handler's promise, with the run it was attributed to or the runs it may belong to. */
export function logFault(log: Logger, fault: Fault, child: string): void {
  const { what, error, stack, id, root, task, attempt, lost, running } = fault;
  const chain = { ...(root === undefined ? {} : { root }), ...(lost === undefined ? {} : { lost }) };
  const run = id !== undefined ? { id, task, attempt, ...chain } : running === undefined ? {} : { running };
  log.error(`${what} in a child process`, { ...run, child, error, ...(stack === undefined ? {} : { stack }) });
}
