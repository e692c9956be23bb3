import { unknownKafkajs } from "./unknown-kafkajs.js";

/**
 * Lets the request queues of a connection pool rest while no request waits in them. kafkajs by itself checks an empty queue
 * each millisecond from its first answer on, for as long as the connection is open, and so keeps the process alive.
 */
export function restIdleQueues(pool: unknown): void {
  const connections: unknown = Reflect.get(Object(pool), "pool");
  if (!Array.isArray(connections)) throw unknownKafkajs("ConnectionPool.pool");
  for (const connection of connections) {
    const queue: unknown = Reflect.get(Object(connection), "requestQueue");
    const schedule: unknown = Reflect.get(Object(queue), "scheduleCheckPendingRequests");
    if (typeof schedule !== "function") throw unknownKafkajs("RequestQueue.scheduleCheckPendingRequests");
    Reflect.set(Object(queue), "scheduleCheckPendingRequests", () => {
      const pending: unknown = Reflect.get(Object(queue), "pending");
      if (!Array.isArray(pending)) throw unknownKafkajs("RequestQueue.pending");
      if (pending.length > 0) Reflect.apply(schedule, queue, []);
    });
  }
}
