import { logVerbosity, Server, type ServerUnaryCall, type sendUnaryData, setLogVerbosity, status } from "@grpc/grpc-js";
import type { Clock } from "../../base/clock.js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { SECRETS_VARIABLE } from "../security/secrets.js";
import type { Security } from "../security/security.js";
import { TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE } from "../security/tls.js";
import { SERVER_OPTIONS } from "../services.js";
import { serverCredentials } from "./credentials.js";
import { type Endpoint, StatusError, type UnaryCall, type UnaryEndpoint } from "./endpoint.js";
import { Guard } from "./guard.js";
import type { Refused } from "./refusals.js";
import type { UnreadLimits } from "./unread-calls.js";

/** Limits on concurrent unary calls and the bytes of their requests; further calls are answered RESOURCE_EXHAUSTED. */
const ANSWERING = 2048;
const ANSWERING_BYTES = 128 * 1024 * 1024;

export interface ServeOptions {
  /** HOST:PORT; port 0 picks a free one. */
  readonly address: string;
  readonly endpoints: readonly Endpoint[];
  /** For messages: the option that sets the address, and what anyone who reaches it can do. */
  readonly flag: string;
  readonly exposes: string;
  readonly security: Security;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For tests. */
  readonly unread?: UnreadLimits;
}

export interface ListeningServer {
  /** HOST:PORT with the actual port. */
  readonly address: string;
  /** Refused calls by peer and cause, the last one first; at most 64. */
  readonly refused: readonly Refused[];
  /** Accepts no more calls; those still running after `grace` milliseconds (default 0) are cut off. */
  close(grace?: number): Promise<void>;
}

/** Serves a gRPC port. Rejects with TlsError, or with TaskwireError `port_in_use` or `cannot_listen`. */
export async function serve(options: ServeOptions): Promise<ListeningServer> {
  const { address, endpoints, flag, exposes, security, logger } = options;
  const credentials = serverCredentials(security.tls);
  const guard = new Guard({ ...options, secrets: security.secrets, operationSecrets: security.operationSecrets });
  const server = new Server({ ...SERVER_OPTIONS, interceptors: [guard.interceptor] });
  const answering = new Answering(guard);
  for (const endpoint of endpoints) {
    const method = endpoint.kind === "unary" ? answering.handler(endpoint) : endpoint.handle;
    server.addService({ method: endpoint.method }, { method });
  }
  if (!isLoopback(address) && security.secrets === undefined && security.tls?.ca === undefined) {
    logger.warn(
      `anyone who reaches ${address} can ${exposes}: set ${SECRETS_VARIABLE} for signed calls, or ${TLS_CERT_VARIABLE}, ${TLS_KEY_VARIABLE} and ${TLS_CA_VARIABLE} for TLS with client certificates`,
      { address },
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    const restore = silenced(process.env);
    server.bindAsync(address, credentials, (error, bound) => {
      restore();
      if (error === null) resolve(bound);
      else reject(listenError(address, flag, error));
    });
  });
  return {
    address: `${address.slice(0, address.lastIndexOf(":"))}:${port}`,
    get refused() {
      return guard.refused;
    },
    close: (grace = 0) =>
      new Promise((resolve) => {
        const cancel = grace > 0 ? options.clock.after(grace, () => server.forceShutdown()) : () => {};
        server.tryShutdown(() => {
          cancel();
          resolve();
        });
        if (grace === 0) server.forceShutdown();
      }),
  };
}

/**
 * Silences grpc-js's own line about a port that cannot be bound, because the error reports it better. When its variables
 * ask for a log, nothing is silenced. Returns a function that restores the log.
 */
function silenced({ GRPC_NODE_VERBOSITY, GRPC_VERBOSITY }: NodeJS.ProcessEnv): () => void {
  if ((GRPC_NODE_VERBOSITY ?? GRPC_VERBOSITY ?? "") !== "") return () => {};
  setLogVerbosity(logVerbosity.NONE);
  return () => setLogVerbosity(logVerbosity.ERROR);
}

/** Runs the handlers of unary calls, within limits. */
class Answering {
  readonly #guard: Guard;
  #calls = 0;
  #bytes = 0;

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  handler({ access, handle }: UnaryEndpoint) {
    return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
      const size = call.request.length;
      if (this.#calls >= ANSWERING || this.#bytes + size > ANSWERING_BYTES) {
        const details = `${this.#calls} calls with ${this.#bytes} bytes are being answered; retry later`;
        callback({ code: status.RESOURCE_EXHAUSTED, details });
        return;
      }
      this.#calls += 1;
      this.#bytes += size;
      const answered = (bytes: Uint8Array) => {
        this.#calls -= 1;
        this.#bytes -= size;
        callback(null, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      };
      const failed = (error: unknown) => {
        this.#calls -= 1;
        this.#bytes -= size;
        this.#fail(error, call, callback);
      };
      let answer: Uint8Array | Promise<Uint8Array>;
      try {
        const secret = access === "open" ? undefined : this.#guard.signer(call.metadata);
        answer = handle(call.request, new AnsweredCall(call, secret));
      } catch (error) {
        failed(error);
        return;
      }
      // Most answers are at hand: a promise would cost more than the rest of this method.
      if (answer instanceof Uint8Array) answered(answer);
      else answer.then(answered, failed);
    };
  }

  #fail(error: unknown, call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void {
    const code = error instanceof StatusError ? error.status : status.INTERNAL;
    const details = messageOf(error);
    if (code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED)
      this.#guard.refusedByHandler(details, call.getPeer());
    callback({ code, details });
  }
}

class AnsweredCall implements UnaryCall {
  readonly #call: ServerUnaryCall<Buffer, Buffer>;
  readonly secret: string | undefined;

  constructor(call: ServerUnaryCall<Buffer, Buffer>, secret: string | undefined) {
    this.#call = call;
    this.secret = secret;
  }

  get peer(): string {
    return this.#call.getPeer();
  }

  get cancelled(): boolean {
    return this.#call.cancelled;
  }

  onCancelled(listener: () => void): void {
    this.#call.once("cancelled", listener);
  }
}

/** Whether only processes on this machine can reach the address. */
export function isLoopback(address: string): boolean {
  const host = address.slice(0, address.lastIndexOf(":"));
  return host === "localhost" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function listenError(address: string, flag: string, error: Error): TaskwireError {
  if (error.message.includes("EADDRINUSE")) {
    return new TaskwireError(
      "port_in_use",
      `cannot listen on ${address}: the port is in use; stop the other process or pass another ${flag} HOST:PORT`,
      { cause: error },
    );
  }
  return new TaskwireError(
    "cannot_listen",
    `cannot listen on ${address}: ${error.message}; expected ${flag} HOST:PORT`,
    { cause: error },
  );
}
