import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData, status } from "@grpc/grpc-js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import { SERVER_OPTIONS } from "../../wire/services.js";
import { type Endpoint, StatusError, type UnaryHandler } from "./endpoint.js";

export interface ServeOptions {
  /** HOST:PORT; port 0 takes a free one. */
  readonly address: string;
  readonly endpoints: readonly Endpoint[];
}

export interface ListeningServer {
  /** HOST:PORT with the real port. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves the broker's gRPC port. Rejects with TaskwireError `port_in_use` or `cannot_listen`. */
export async function serve({ address, endpoints }: ServeOptions): Promise<ListeningServer> {
  const server = new Server(SERVER_OPTIONS);
  for (const endpoint of endpoints) {
    const handler = endpoint.kind === "unary" ? unaryHandler(endpoint.handle) : endpoint.handle;
    server.addService({ method: endpoint.method }, { method: handler });
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(listenError(address, error));
    });
  });
  return {
    address: `${address.slice(0, address.lastIndexOf(":"))}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.tryShutdown(() => resolve());
        server.forceShutdown();
      }),
  };
}

function unaryHandler(handle: UnaryHandler) {
  return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    const answer = async () => {
      try {
        const bytes = await handle(call.request, {
          secret: undefined,
          onCancelled: (listener) => void call.once("cancelled", listener),
        });
        callback(null, Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      } catch (error) {
        callback({
          code: error instanceof StatusError ? error.status : status.INTERNAL,
          details: messageOf(error),
        });
      }
    };
    void answer();
  };
}

function listenError(address: string, error: Error): TaskwireError {
  if (error.message.includes("EADDRINUSE")) {
    return new TaskwireError(
      "port_in_use",
      `cannot listen on ${address}: the port is in use; stop the other process or pass another --listen HOST:PORT`,
      { cause: error },
    );
  }
  return new TaskwireError(
    "cannot_listen",
    `cannot listen on ${address}: ${error.message}; expected --listen HOST:PORT`,
    { cause: error },
  );
}
