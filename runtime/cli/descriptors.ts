import { closeSync, openSync } from "node:fs";
import type { Logger } from "../base/logger.js";
import { resourceLimitOf } from "../base/process/resource-limit.js";

const LOOK_MS = 2000;

/**
 * Logs when this process runs out of file descriptors, and when it has some again: in between the system silently rejects
 * its connections. Does not keep the process alive.
 */
export function watchDescriptors(log: Logger, open: () => void = openOne): NodeJS.Timeout {
  let short = false;
  return setInterval(() => {
    const limit = limitReached(open);
    if (limit !== undefined && !short)
      log.error(`new connections are rejected and files cannot be opened: ${limit}`, { error: "no free descriptors" });
    if (limit === undefined && short) log.info("file descriptors are available again");
    short = limit !== undefined;
  }, LOOK_MS).unref();
}

function limitReached(open: () => void): string | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    return resourceLimitOf(error);
  }
}

function openOne(): void {
  closeSync(openSync("/dev/null", "r"));
}
