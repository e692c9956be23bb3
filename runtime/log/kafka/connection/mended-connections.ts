import { unknownKafkajs } from "./unknown-kafkajs.js";

/** Bytes of the length in front of an answer. */
const LENGTH_BYTES = 4;

/**
 * Corrects two faults of kafkajs 2.2 in the connections of a pool.
 *
 * - A queue in which no request waits is checked each millisecond, from its first answer on and for as long as the
 *   connection is open, which keeps the process alive. Here it rests.
 * - A connection that ends in the middle of an answer keeps the part that it has, and takes what it reads after the next
 *   connect for the rest: from then on nothing on it is ever answered. Here it begins with nothing.
 */
export function mendConnections(pool: unknown): void {
  const connections: unknown = Reflect.get(Object(pool), "pool");
  if (!Array.isArray(connections)) throw unknownKafkajs("ConnectionPool.pool");
  for (const connection of connections) {
    restIdleQueue(Reflect.get(Object(connection), "requestQueue"));
    beginWithNothing(Object(connection));
  }
}

function restIdleQueue(queue: unknown): void {
  const schedule: unknown = Reflect.get(Object(queue), "scheduleCheckPendingRequests");
  if (typeof schedule !== "function") throw unknownKafkajs("RequestQueue.scheduleCheckPendingRequests");
  Reflect.set(Object(queue), "scheduleCheckPendingRequests", () => {
    const pending: unknown = Reflect.get(Object(queue), "pending");
    if (!Array.isArray(pending)) throw unknownKafkajs("RequestQueue.pending");
    if (pending.length > 0) Reflect.apply(schedule, queue, []);
  });
}

function beginWithNothing(connection: object): void {
  const connect: unknown = Reflect.get(connection, "connect");
  const isConnected: unknown = Reflect.get(connection, "isConnected");
  if (typeof connect !== "function" || typeof isConnected !== "function") throw unknownKafkajs("Connection.connect");
  for (const field of ["chunks", "bytesBuffered", "bytesNeeded"])
    if (!(field in connection)) throw unknownKafkajs(`Connection.${field}`);
  Reflect.set(connection, "connect", () => {
    if (Reflect.apply(isConnected, connection, []) !== true) {
      Reflect.set(connection, "chunks", []);
      Reflect.set(connection, "bytesBuffered", 0);
      Reflect.set(connection, "bytesNeeded", LENGTH_BYTES);
    }
    return Reflect.apply(connect, connection, []);
  });
}
