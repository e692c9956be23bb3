import type { Clock } from "../base/clock.js";
import type { Logger } from "../base/logger.js";
import type { openLog } from "../log/open.js";
import type { EnvironmentModel, PoolModel } from "../model/model.js";
import type { Mount } from "../telemetry/http/mount.js";
import type { Security } from "../wire/security/security.js";
import { DEFAULT_LIMITS, type Limits } from "./inflight/limits.js";
import type { RawTopics } from "./intake/raw.js";
import type { Journal, JournalPort } from "./journal/journal.js";
import type { ModelHashes } from "./observe/status/model-hashes.js";
import type { Declared } from "./runtime-config/declared.js";

export interface BrokerOptions {
  readonly environment: EnvironmentModel;
  readonly pool: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** HOST:PORT of the gRPC services; port 0 takes a free one. Default: in-process sessions only. */
  readonly listen?: string | undefined;
  /** HOST:PORT of health, metrics and status over HTTP; port 0 takes a free one. Default: no port, and nothing is counted. */
  readonly http?: string | undefined;
  /** What somebody else answers on the HTTP port, such as the console. Default: nothing. */
  readonly mount?: Mount | undefined;
  /** The runtime configuration file, which drops and demotes tasks. Default: none. */
  readonly runtimeConfig?: string | undefined;
  /** What the broker's model knows of tasks; the status names workers that were built from another one. */
  readonly model?: ModelHashes | undefined;
  /** What the model declares now; the runtime configuration warns of names that it does not have. */
  readonly declared?: (() => Declared) | undefined;
  /** Security of the gRPC services. Default: no TLS, no signatures. */
  readonly security?: Security | undefined;
  /**
   * Where it is kept how runs and activations ended: in memory, or also in the folder `history` of the data folder, to be read
   * back at the next start. Default: in memory.
   */
  readonly history?: "none" | "memory" | "file" | undefined;
  /** Takes topics over from another broker's in-flight file. Default: false. */
  readonly takeOver?: boolean | undefined;
  /** Tasks of the environment's raw topics; required when the pool reads one. */
  readonly raw?: RawTopics;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** For tests: they override the pool's own limits. */
  readonly limits?: Partial<Limits>;
  /** Opens the log of a cluster. Default: the clusters of the environment. */
  readonly openLog?: typeof openLog;
  /** Opens the journal. Default: the pool's in-flight file. */
  readonly openJournal?: (...args: Parameters<typeof Journal.open>) => Promise<JournalPort>;
}

/** The limits of the pool, over the defaults and under `overrides`. */
export function limitsOf(pool: PoolModel, overrides: Partial<Limits> = {}): Limits {
  const { maxPendingCount, maxProcessingCount, maxProcessingAttempts, maxProcessingDeadline } = pool;
  return {
    ...DEFAULT_LIMITS,
    maxPendingCount,
    maxProcessingCount,
    maxProcessingAttempts,
    maxProcessingDeadline,
    maxDelayCount: pool.maxDelayCount ?? DEFAULT_LIMITS.maxDelayCount,
    maxDisk: pool.maxDisk ?? DEFAULT_LIMITS.maxDisk,
    ...overrides,
  };
}
