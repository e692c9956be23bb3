import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { systemClock } from "../../../base/clock.js";
import { importAtRunTime } from "../../../base/process/runtime-import.js";
import { nameThread } from "../../../base/process/thread-name.js";
import type { Reply, Request, ThreadData } from "../messages.js";
import { loadFailure } from "./failures.js";
import { LogThread, type ThreadOutput } from "./log-thread.js";

/** The log's thread: takes all requests that wait at once and answers them in one message. */
const port = parentPort;
if (port === null) throw new Error("this module runs as the embedded log's thread");
nameThread("log");

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

async function start(port: MessagePort, { sqlite, ...options }: ThreadData): Promise<void> {
  const loaded = await importAtRunTime("better-sqlite3", sqlite).then((module) => module.default, loadFailure);
  const thread = new LogThread(options, loaded, output, systemClock());
  // Sent before the first request is taken: a thread that ends before it has stored nothing. Requests wait in the port.
  port.postMessage([]);
  port.on("message", (first: Request) => {
    thread.take(first);
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      thread.take(next.message as Request);
    }
    thread.work();
  });
}

void start(port, workerData as ThreadData);
