import type { ClockEvent } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";

/** Logs what the broker's clock does about a system time that differs from it. */
export function logClockNote(logger: Logger, note: ClockEvent): void {
  switch (note.kind) {
    case "in-step":
      logger.info("the broker's clock agrees with the system time again");
      return;
    case "slewing":
      logger.warn(
        "the system time has been behind the broker's clock for a minute; the clock runs 10 % slower until they agree",
        { differenceMs: Math.round(note.skew) },
      );
      return;
    case "corrected":
      logger.warn(
        note.slept
          ? "the machine slept; the broker's clock jumps to the system time, and overdue work runs now"
          : "the system time has been ahead of the broker's clock for a minute; the clock jumps to it, and overdue work runs now",
        { byMs: Math.round(note.by) },
      );
  }
}
