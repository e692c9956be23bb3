import type { Clock } from "../../base/clock.js";
import { messageOf } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Log } from "../../log/port.js";
import type { Policy } from "../inflight/events.js";
import type { Destination } from "../publish/publish-queue.js";
import type { RuntimeConfigFile } from "./file.js";

/** Time until a cluster that could not be opened is retried. */
const RETRY_MS = 5000;

/** What a runtime configuration is applied to. */
interface ConfigTarget {
  policy(policy: Policy): void;
  logOf(cluster: string): Promise<Log>;
  /** Where forwarded activations go from now on; undefined: they wait. */
  demoteTo(destination: Destination | undefined): void;
}

/**
 * Applies the configuration, now and whenever its file changes. Rejects when the cluster of demoted records cannot be
 * opened; after a later change they wait until it can.
 */
export async function applyConfig(
  file: RuntimeConfigFile,
  clock: Clock,
  logger: Logger,
  to: ConfigTarget,
): Promise<void> {
  const demote = async () => {
    const target = file.demotedTarget();
    const log = target === undefined ? undefined : await to.logOf(target.cluster);
    if (target !== undefined) void log?.needs?.([target.topic]).catch(missing);
    // The file may have changed in the meantime.
    if (target !== file.demotedTarget()) return;
    to.demoteTo(target === undefined || log === undefined ? undefined : { log, topic: target.topic });
  };
  const missing = (error: unknown) =>
    logger.error("demoted_topic is missing; demoted activations will wait until it exists", {
      error: messageOf(error),
    });
  const follow = () => {
    if (file.closed) return;
    demote().catch((error: unknown) => {
      logger.error("cannot open the cluster of demoted_topic; demoted activations wait", { error: messageOf(error) });
      clock.after(RETRY_MS, follow);
    });
  };
  await demote();
  to.policy(file.policy);
  file.follow(() => {
    follow();
    to.policy(file.policy);
  });
}
