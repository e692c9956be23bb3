import type { Cluster } from "kafkajs";
import type { LogFields } from "../../../base/logger.js";
import type { ReadOptions } from "../../port.js";
import type { ClusterNames } from "../connection/errors.js";
import type { Membership } from "../group/membership.js";
import type { ReaderPartitions } from "./partitions.js";
import type { ReaderEvents } from "./reader-events.js";
import type { StallDetector } from "./stall-detector.js";
import type { UnreadablePartitions } from "./unreadable.js";

export interface KafkaReaderOptions extends ReadOptions {
  /** How long wanted records may wait before the reader reconnects, milliseconds. Default 60 s. */
  readonly stallMs?: number;
}

/** Reports what an operator must know and no event carries. */
export type Alert = (message: string, fields: LogFields) => void;

/** What a reader consists of. */
export interface ReaderParts {
  readonly cluster: Cluster;
  readonly membership: Membership;
  readonly names: ClusterNames;
  readonly topics: readonly string[];
  readonly options: KafkaReaderOptions;
  readonly partitions: ReaderPartitions;
  readonly unreadable: UnreadablePartitions;
  readonly stalls: StallDetector;
  readonly events: ReaderEvents;
  readonly alert: Alert;
}
