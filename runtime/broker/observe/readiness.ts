import { formatDuration } from "../../base/duration.js";
import type { Unreadable } from "../../log/port.js";
import type { PauseReason, Reason } from "../../operations/status/causes.js";
import type { PublishProblem } from "../publish/publish-queue.js";

/** What is observed of a broker. Times are milliseconds. */
export interface HealthFacts {
  readonly now: number;
  readonly phase: "starting" | "running" | "stopping";
  /** When the process last stalled, and for how long; undefined: never. */
  readonly stalled: { readonly until: number; readonly milliseconds: number } | undefined;
  readonly journal: {
    readonly file: string;
    /** Why it takes no commits; undefined while it does. */
    readonly stuck: string | undefined;
    /** When the oldest commit under way began; undefined: none is under way. */
    readonly commitSince: number | undefined;
  };
  readonly clusters: readonly {
    readonly name: string;
    /** Whether a partition was ever assigned. */
    readonly assigned: boolean;
    /** Whether some partition is read, or none is assigned at the moment. */
    readonly reads: boolean;
  }[];
  /** Partitions and topics that cannot be read. */
  readonly unreadable: readonly Unreadable[];
  readonly publishing: readonly PublishProblem[];
  readonly paused: readonly { readonly topic: string; readonly reason: PauseReason; readonly message: string }[];
}

/** After this time a commit or a failing log is a reason. */
const TOO_LONG_MS = 10_000;
/** Most partitions named in one reason. */
const MOST_NAMED = 5;
/** A process that stalled is not ready again until it has run for this time. */
const RECOVERY_MS = 5000;

/** What keeps the broker from being ready. Reading paused by a limit of counts does not: that is normal operation. */
export function reasonsOf(facts: HealthFacts): Reason[] {
  const { now, phase, stalled, journal, clusters, unreadable, publishing, paused } = facts;
  const reasons: Reason[] = [];
  const add = (code: Reason["code"], message: string) => reasons.push({ code, message });
  if (phase === "starting") add("starting", "the broker is starting and does not accept workers yet");
  if (phase === "stopping") add("stopping", "the broker is stopping");
  if (stalled !== undefined && now - stalled.until < RECOVERY_MS)
    add(
      "stalled",
      `the process stalled for ${seconds(stalled.milliseconds)}; it is ready again after ${seconds(RECOVERY_MS)} without a stall`,
    );
  if (journal.stuck !== undefined)
    add("journal_stuck", `the in-flight file ${journal.file} takes no commits: ${journal.stuck}`);
  else if (journal.commitSince !== undefined && now - journal.commitSince > TOO_LONG_MS)
    add(
      "commit_slow",
      `a commit to the in-flight file ${journal.file} has been under way for ${seconds(now - journal.commitSince)}; is its disk overloaded or full?`,
    );
  const lasting = unreadable.filter(({ forMs }) => forMs > TOO_LONG_MS);
  const why = lasting
    .slice(0, MOST_NAMED)
    .map(({ message }) => message)
    .join("; ");
  for (const { name, assigned, reads } of clusters) {
    if (!assigned)
      add(
        "not_assigned",
        `no partition of cluster "${name}" is assigned yet${why === "" ? "; is it reachable?" : `: ${why}`}`,
      );
    else if (!reads && why !== "") add("unreadable", `no partition of cluster "${name}" can be read: ${why}`);
  }
  for (const { topic, waiting, error, since } of publishing) {
    if (now - since > TOO_LONG_MS)
      add(
        "publishing_fails",
        `the log has refused records for topic "${topic}" for ${seconds(now - since)} (${waiting} waiting): ${error}`,
      );
  }
  for (const { topic, reason, message } of paused)
    if (reason === "max_disk") add("disk_full", `reading of topic "${topic}" is paused: ${message}`);
  return reasons;
}

function seconds(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000);
}
