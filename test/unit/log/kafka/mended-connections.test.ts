import { createRequire } from "node:module";
import { createServer, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mendConnections } from "#runtime/log/kafka/connection/mended-connections.js";

const require = createRequire(import.meta.url);
const Connection = require("kafkajs/src/network/connection");
const sockets: Socket[] = [];
const server = createServer((socket) => sockets.push(socket));
let port = 0;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const at = server.address();
  port = typeof at === "object" && at !== null ? at.port : 0;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

function connectionTo() {
  const quiet = { namespace: () => quiet, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const { connect } = require("node:net");
  const socketFactory = ({ host, onConnect }: { host: string; onConnect: () => void }) =>
    connect({ host, port }, onConnect);
  const connection = new Connection({ host: "127.0.0.1", port, logger: quiet, socketFactory, connectionTimeout: 5000 });
  mendConnections({ pool: [connection] });
  return connection;
}

test("a connection that ended in the middle of an answer reads the next one from its beginning", async () => {
  const connection = connectionTo();
  await connection.connect();
  await expect.poll(() => sockets.length).toBe(1);
  // A part of an answer of 100 bytes, which ends with the server.
  sockets[0]?.write(Buffer.from([0, 0, 0, 100, 1, 2, 3]));
  await expect.poll(() => connection.bytesBuffered).toBe(7);
  sockets[0]?.destroy();
  await expect.poll(() => connection.isConnected()).toBe(false);
  await connection.connect();
  expect([connection.bytesBuffered, connection.bytesNeeded, connection.chunks]).toEqual([0, 4, []]);
  // Whoever is connected keeps what came since.
  await expect.poll(() => sockets.length).toBe(2);
  sockets[1]?.write(Buffer.from([0, 0, 0, 9, 1]));
  await expect.poll(() => connection.bytesBuffered).toBe(5);
  await connection.connect();
  expect(connection.bytesBuffered).toBe(5);
  await connection.disconnect();
});

test("a request queue rests while nothing waits in it, and is checked while something does", () => {
  const { requestQueue } = connectionTo();
  requestQueue.scheduleCheckPendingRequests();
  expect(requestQueue.throttleCheckTimeoutId).toBeNull();
  requestQueue.pending.push({});
  requestQueue.scheduleCheckPendingRequests();
  expect(requestQueue.throttleCheckTimeoutId).not.toBeNull();
  requestQueue.destroy();
});
