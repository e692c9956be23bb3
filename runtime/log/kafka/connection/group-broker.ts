import type { Broker } from "kafkajs";
import { TaskwireError } from "../../../base/errors.js";
import type { Message } from "./append-batch.js";

export interface Joined {
  readonly generationId: number;
  readonly groupProtocol: string;
  readonly leaderId: string;
  readonly memberId: string;
  /** Only the leader gets them. */
  readonly members: readonly { readonly memberId: string; readonly memberMetadata: Buffer }[];
}

interface Membership {
  readonly groupId: string;
  readonly memberId: string;
}

export interface FetchedRecord {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since the epoch. */
  readonly timestamp?: string;
  readonly headers: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly isControlRecord: boolean;
  readonly batchContext?: { readonly producerId?: string; readonly inTransaction?: boolean };
}

/** A partition of an answer; other partitions may have succeeded (partial-answers.ts). */
interface Part {
  readonly partition: number;
  /** Why this one failed. */
  readonly error?: unknown;
}

export interface FetchedPartition extends Part {
  readonly highWatermark: string;
  /**
   * The offset after the last batch, also when compaction removed its records or it cannot be decoded; undefined when
   * unknown.
   */
  readonly behind?: number;
  readonly abortedTransactions?: readonly { readonly producerId: string; readonly firstOffset: string }[];
  readonly messages: readonly FetchedRecord[];
}

/** Methods of a connection to a Kafka broker that kafkajs does not declare; groupBroker checks that they exist. */
export interface GroupBroker {
  joinGroup(request: {
    readonly groupId: string;
    readonly sessionTimeout: number;
    readonly rebalanceTimeout: number;
    readonly memberId: string;
    readonly groupProtocols: readonly { readonly name: string; readonly metadata: Buffer }[];
  }): Promise<Joined>;
  syncGroup(
    request: Membership & {
      readonly generationId: number;
      readonly groupAssignment: readonly { readonly memberId: string; readonly memberAssignment: Buffer }[];
    },
  ): Promise<{ readonly memberAssignment: Buffer }>;
  heartbeat(request: Membership & { readonly groupGenerationId: number }): Promise<unknown>;
  leaveGroup(request: Membership): Promise<unknown>;
  describeGroups(request: { readonly groupIds: readonly string[] }): Promise<{
    readonly groups: readonly {
      readonly members: readonly { readonly memberId: string; readonly clientId: string }[];
    }[];
  }>;
  offsetCommit(
    request: Membership & {
      readonly groupGenerationId: number;
      readonly topics: readonly {
        readonly topic: string;
        readonly partitions: readonly {
          readonly partition: number;
          readonly offset: string;
          readonly metadata: string;
        }[];
      }[];
    },
  ): Promise<{ readonly responses: readonly { readonly topic: string; readonly partitions: readonly Part[] }[] }>;
  offsetFetch(request: {
    readonly groupId: string;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly (Part & { readonly offset: string; readonly metadata: string | null })[];
    }[];
  }>;
  listOffsets(request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string;
      readonly partitions: readonly (Part & { readonly offset: string })[];
    }[];
  }>;
  produce(request: {
    readonly acks: -1;
    readonly topicData: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly messages: readonly Message[] }[];
    }[];
  }): Promise<{
    readonly topics: readonly {
      readonly topicName: string;
      readonly partitions: readonly (Part & { readonly baseOffset?: string })[];
    }[];
  }>;
  fetch(request: {
    readonly maxWaitTime: number;
    readonly minBytes: number;
    readonly maxBytes: number;
    readonly isolationLevel: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly {
        readonly partition: number;
        readonly fetchOffset: string;
        readonly maxBytes: number;
      }[];
    }[];
  }): Promise<{
    readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
  }>;
}

const METHODS = [
  "joinGroup",
  "syncGroup",
  "heartbeat",
  "leaveGroup",
  "describeGroups",
  "offsetCommit",
  "offsetFetch",
  "listOffsets",
  "produce",
  "fetch",
] as const;

/** Throws TaskwireError `kafkajs_unknown` for a version of kafkajs without these methods. */
export function groupBroker(broker: Broker): GroupBroker {
  const found: unknown = broker;
  if (isGroupBroker(found)) return found;
  throw new TaskwireError(
    "kafkajs_unknown",
    "expected kafkajs 2.2, got a version without the methods that the reader needs",
  );
}

function isGroupBroker(broker: unknown): broker is GroupBroker {
  return (
    typeof broker === "object" &&
    broker !== null &&
    METHODS.every((name) => typeof Reflect.get(broker, name) === "function")
  );
}
