import type { handleBidiStreamingCall, handleServerStreamingCall, status } from "@grpc/grpc-js";
import { TaskwireError } from "../../base/errors.js";
import type { RawMethod } from "../services.js";

/** One method that a gRPC port answers. Requests and answers are the messages' bytes, encoded. */
export type Endpoint =
  | UnaryEndpoint
  | { readonly kind: "stream"; readonly method: RawMethod; readonly handle: handleBidiStreamingCall<Buffer, Buffer> }
  | { readonly kind: "watch"; readonly method: RawMethod; readonly handle: handleServerStreamingCall<Buffer, Buffer> };

export interface UnaryEndpoint {
  readonly kind: "unary";
  readonly method: RawMethod;
  readonly access: Access;
  readonly handle: UnaryHandler;
}

/**
 * Who may call: with secrets configured, `signed` methods require a valid signature; `open` ones never do. `operation`: as
 * signed, and a signature by an operator's secret is valid, too; its handler decides what that secret may do.
 */
type Access = "signed" | "operation" | "open";

export interface UnaryCall {
  /** Fingerprint of the secret that signed the call; undefined when none is configured or required. */
  readonly secret: string | undefined;
  /** The caller's address and port. */
  readonly peer: string;
  /** The caller has cancelled the call. */
  readonly cancelled: boolean;
  /** Runs `listener` once if the caller cancels or its deadline passes before the answer. */
  onCancelled(listener: () => void): void;
}

/** Answers one call. A StatusError becomes the status of the answer, any other error INTERNAL with its message. */
type UnaryHandler = (request: Buffer, call: UnaryCall) => Uint8Array | Promise<Uint8Array>;

/** The status that a call ends with. */
export class StatusError extends TaskwireError {
  readonly status: status;

  constructor(code: status, details: string, options?: ErrorOptions) {
    super("call_failed", details, options);
    this.status = code;
  }
}

/** Registers a unary method: its request is read within the limits, verified, then handled. */
export function unary(method: RawMethod, handle: UnaryHandler, access: Access = "signed"): Endpoint {
  return { kind: "unary", method, access, handle };
}

/** A bidirectional stream. Its handler runs before anything is read, and must admit or fail the call. */
export function stream(method: RawMethod, handle: handleBidiStreamingCall<Buffer, Buffer>): Endpoint {
  return { kind: "stream", method, handle };
}

/** One request, many answers; open to everyone. */
export function watch(method: RawMethod, handle: handleServerStreamingCall<Buffer, Buffer>): Endpoint {
  return { kind: "watch", method, handle };
}
