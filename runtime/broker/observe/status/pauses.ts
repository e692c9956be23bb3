import { mebibytes } from "../../../base/text.js";
import type { PauseReason } from "../../../operations/status/causes.js";
import type { TopicLoad } from "../../inflight/counts/backpressure.js";
import type { Snapshot } from "../../inflight/counts/snapshot.js";

/** Why reading a topic is paused, with the numbers. */
export function pausesOf(
  { limits, diskBytes, liveBytes, uncommitted }: Snapshot,
  load: TopicLoad,
): { reason: PauseReason; message: string }[] {
  const message = (reason: PauseReason): string => {
    switch (reason) {
      case "max_pending_count":
        return `${load.pending} of ${limits.maxPendingCount} pending`;
      case "max_delay_count":
        return `${load.delayed} of ${limits.maxDelayCount} delayed`;
      case "max_disk":
        return `${mebibytes(diskBytes)} of ${mebibytes(limits.maxDisk)} MiB of the in-flight file in use`;
      case "memory":
        return `${mebibytes(liveBytes)} of ${mebibytes(limits.maxLiveBytes)} MiB of payloads in memory`;
      case "journal":
        return `${uncommitted} of ${limits.maxUncommitted} changes wait for the in-flight file`;
    }
  };
  // Reading resumes only at a fraction of the limit, so the numbers may be below it.
  return [...load.paused].map((reason) => ({ reason, message: message(reason) }));
}
