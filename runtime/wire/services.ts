import type { ChannelOptions, MethodDefinition } from "@grpc/grpc-js";
import { LARGEST_MESSAGE_BYTES } from "./limits.js";

/** Methods carry raw bytes: both sides encode and decode themselves, and sign the encoded bytes. */
export type RawMethod = MethodDefinition<Buffer, Buffer>;

/** Metadata of Sessions/Attach: the session's id, and its token in hex. */
export const SESSION_METADATA = "taskwire-session";
export const TOKEN_METADATA = "taskwire-token";

const raw = (bytes: Buffer): Buffer => bytes;

function method(path: string, kind: "unary" | "stream" | "watch" = "unary"): RawMethod {
  return {
    path,
    requestStream: kind === "stream",
    responseStream: kind !== "unary",
    requestSerialize: raw,
    requestDeserialize: raw,
    responseSerialize: raw,
    responseDeserialize: raw,
  };
}

export const SESSIONS = {
  Open: method("/taskwire.v1.Sessions/Open"),
  Attach: method("/taskwire.v1.Sessions/Attach", "stream"),
} as const;

/** The method of an operator's verb, such as Status. */
export function operation(verb: string): RawMethod {
  return method(`/taskwire.v1.Operations/${verb}`);
}

export const OPERATIONS = { Status: operation("Status") } as const;

export const HEALTH = {
  Check: method("/grpc.health.v1.Health/Check"),
  Watch: method("/grpc.health.v1.Health/Watch", "watch"),
} as const;

/** The service for workers of the taskbroker protocol: they fetch one activation at a time and report its outcome. */
export const CONSUMER = {
  GetTask: method("/sentry_protos.taskbroker.v1.ConsumerService/GetTask"),
  SetTaskStatus: method("/sentry_protos.taskbroker.v1.ConsumerService/SetTaskStatus"),
  SetBatchActivationStatus: method("/sentry_protos.taskbroker.v1.ConsumerService/SetBatchActivationStatus"),
} as const;

/** The service of a worker in push mode, called by brokers. */
export const WORKER = {
  PushTask: method("/sentry_protos.taskbroker.v1.WorkerService/PushTask"),
} as const;

const COMMON: ChannelOptions = {
  "grpc.max_receive_message_length": LARGEST_MESSAGE_BYTES,
  "grpc.max_send_message_length": LARGEST_MESSAGE_BYTES,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
};

/**
 * channelz stays on: without it, Server.forceShutdown of grpc-js 1.14 leaves every connection open. Old connections get a
 * GOAWAY and live on until their last stream has ended.
 */
export const SERVER_OPTIONS: ChannelOptions = {
  ...COMMON,
  "grpc.max_concurrent_streams": 128,
  "grpc.max_connection_idle_ms": 300_000,
  "grpc.max_connection_age_ms": 3_600_000,
  // MiB of one connection's streams and unsent bytes; above this, new streams are refused.
  "grpc-node.max_session_memory": 64,
};

/**
 * Each session has its own connection, so one that hangs does not affect the others. A stream is never opened twice. A
 * broker that is unreachable, or whose certificate is not trusted until it is renewed, is retried every five seconds, like
 * sessions; grpc-js would wait up to two minutes.
 */
export const CHANNEL_OPTIONS: ChannelOptions = {
  ...COMMON,
  "grpc.enable_channelz": 0,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_retries": 0,
  "grpc.max_reconnect_backoff_ms": 5000,
};
