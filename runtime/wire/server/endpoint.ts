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

/** Who may call: with secrets configured, `signed` is refused without a valid signature; `open` never is. */
export type Access = "signed" | "open";

export interface UnaryCall {
  /** Fingerprint of the secret that signed the call; undefined when none is configured. */
  readonly secret: string | undefined;
  /** The caller has given up. */
  readonly cancelled: boolean;
  /** Runs `listener` once when the caller gives up or its deadline passes before the answer. */
  onCancelled(listener: () => void): void;
}

/** Answers one call; a StatusError is the answer's status, any other error INTERNAL with its message. */
export type UnaryHandler = (request: Buffer, call: UnaryCall) => Uint8Array | Promise<Uint8Array>;

/** The status that a call ends with. */
export class StatusError extends TaskwireError {
  readonly status: status;

  constructor(code: status, details: string, options?: ErrorOptions) {
    super("call_failed", details, options);
    this.status = code;
  }
}

/** The way a unary method gets onto the port: read within the limits, verified, then handled. */
export function unary(method: RawMethod, handle: UnaryHandler, access: Access = "signed"): Endpoint {
  return { kind: "unary", method, access, handle };
}

/** A stream in both directions; its handler runs before anything is read and has to admit or fail the call. */
export function stream(method: RawMethod, handle: handleBidiStreamingCall<Buffer, Buffer>): Endpoint {
  return { kind: "stream", method, handle };
}

/** One request, many answers; open to everyone. */
export function watch(method: RawMethod, handle: handleServerStreamingCall<Buffer, Buffer>): Endpoint {
  return { kind: "watch", method, handle };
}
