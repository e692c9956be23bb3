import { Server, ServerCredentials } from "@grpc/grpc-js";
import { messageOf, TaskwireError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import { StatusResponse } from "../../wire/proto/taskwire.js";
import { OPERATIONS, SERVER_OPTIONS, SESSIONS } from "../../wire/services.js";
import type { Sessions } from "../sessions.js";
import type { Status } from "../status.js";
import { attachHandler, openHandler } from "./sessions-service.js";

export interface ListeningServer {
  /** HOST:PORT with the real port. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves the broker's gRPC services. Rejects with TaskwireError `port_in_use` or `cannot_listen`. */
export async function serve(
  address: string,
  sessions: Sessions,
  status: () => Promise<Status>,
  logger: Logger,
): Promise<ListeningServer> {
  const server = new Server(SERVER_OPTIONS);
  server.addService(SESSIONS, { Open: openHandler(sessions, logger), Attach: attachHandler(sessions, logger) });
  server.addService(OPERATIONS, {
    Status: (_call: unknown, callback: (error: { details: string } | null, value?: Buffer) => void) => {
      status().then(
        (answer) => callback(null, Buffer.from(StatusResponse.encode({ json: JSON.stringify(answer) }).finish())),
        (error: unknown) => callback({ details: messageOf(error) }),
      );
    },
  });
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
