import { closeSync, openSync } from "node:fs";
import type { Logger } from "../base/logger.js";
import { resourceLimitOf } from "../base/process/resource-limit.js";

const LOOK_MS = 2000;

/**
 * Says when this process can open no more files and connections, and when it can again: the system refuses connections to
 * it without a word meanwhile. Does not keep the process alive.
 */
export function watchDescriptors(log: Logger, open: () => void = openOne): NodeJS.Timeout {
  let short = false;
  return setInterval(() => {
    const limit = limitReached(open);
    if (limit !== undefined && !short)
      log.error(`new connections are refused, and files cannot be opened: ${limit}`, { error: "no free descriptors" });
    if (limit === undefined && short) log.info("there are free descriptors again");
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
