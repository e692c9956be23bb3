import { once } from "node:events";
import { createServer } from "node:net";
import { DemoError } from "./errors.js";

/** A TCP port of the loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const closed = once(server, "close");
  server.close();
  await closed;
  if (address === null || typeof address === "string") throw new DemoError("the system gave no free port");
  return address.port;
}
