import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Log } from "../../log/port.js";
import type { Policy } from "../inflight/events.js";
import type { Destination } from "../publish/publish-queue.js";
import type { RuntimeConfigFile } from "./file.js";

/** So long after a cluster could not be opened it is tried again. */
const AGAIN_MS = 5000;

/** What a runtime configuration rules. */
export interface Subjects {
  policy(policy: Policy): void;
  logOf(cluster: string): Promise<Log>;
  /** Where forwarded activations go from now on; they wait while there is no such place. */
  demoteTo(destination: Destination | undefined): void;
}

/**
 * Puts the configuration in force, now and whenever its file changes. Rejects when the cluster of demoted records cannot
 * be opened; after a later change they wait until it can.
 */
export async function obey(file: RuntimeConfigFile, clock: Clock, logger: Logger, subjects: Subjects): Promise<void> {
  const demote = async () => {
    const target = file.demotedTarget();
    const log = target === undefined ? undefined : await subjects.logOf(target.cluster);
    if (target !== undefined) void log?.needs?.([target.topic]).catch(missing);
    // The file may have changed in the meantime.
    if (target !== file.demotedTarget()) return;
    subjects.demoteTo(target === undefined || log === undefined ? undefined : { log, topic: target.topic });
  };
  const missing = (error: unknown) =>
    logger.error("demoted activations would have to wait", { error: messageOf(error) });
  const follow = () => {
    if (file.closed) return;
    demote().catch((error: unknown) => {
      logger.error("cannot open the cluster of demoted_topic; demoted activations wait", { error: messageOf(error) });
      clock.after(AGAIN_MS, follow);
    });
  };
  await demote();
  subjects.policy(file.policy);
  file.follow(() => {
    follow();
    subjects.policy(file.policy);
  });
}
