import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { systemClock } from "../../base/clock.js";
import { nameThread } from "../../base/thread-name.js";
import type { FileOptions, Sqlite } from "./database.js";
import { loadFailure } from "./failures.js";
import { LogThread, type ThreadOutput } from "./log-thread.js";
import type { Failure, Reply, Request } from "./messages.js";

/** The log's thread: owns the connection, takes all requests that wait at once and answers them in one message. */
const port = parentPort;
if (port === null) throw new Error("this module runs as the embedded log's thread");
nameThread("log");

const sqlite: Sqlite | Failure = await import("better-sqlite3").then((module) => module.default, loadFailure);
let replies: Reply[] = [];
let transfers: ArrayBuffer[] = [];

const output: ThreadOutput = {
  reply(reply, buffers = []) {
    replies.push(reply);
    transfers.push(...buffers);
  },
  flush() {
    if (replies.length === 0) return;
    port.postMessage(replies, transfers);
    replies = [];
    transfers = [];
  },
  end: () => port.close(),
};
const thread = new LogThread(workerData as FileOptions, sqlite, output, systemClock());

port.on("message", (first: Request) => {
  thread.take(first);
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    thread.take(next.message as Request);
  }
  thread.work();
});
