import { parentPort, workerData } from "node:worker_threads";
import { codeOf, messageOf } from "../../base/errors.js";
import { type JournalReply, type JournalRequest, pack, unpack } from "./messages.js";
import { Store } from "./store.js";

/** The journal's thread: opens the file of workerData, answers requests in order. */
const port = parentPort;
if (port === null) throw new Error("this module runs as the journal's thread");

const RETRY_MS = 1000;
/** The disk is full or fails at the moment: nothing was written, the same commit is tried again. */
const PASSING = /^SQLITE_(FULL|IOERR|CANTOPEN)/;

function reply(message: JournalReply, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function fail(error: unknown): void {
  reply({ kind: "failed", code: codeOf(error), message: messageOf(error) });
}

let store: Store | undefined;
/** Requests wait here while a commit is tried again. */
const queue: JournalRequest[] = [];
let stuck = false;

function perform(opened: Store, request: JournalRequest): void {
  switch (request.kind) {
    case "commit": {
      opened.commit(request.changes, unpack(request.inserts));
      reply({
        kind: "committed",
        number: request.changes.number,
        lowest: request.lowest ? opened.lowest() : undefined,
      });
      return;
    }
    case "load": {
      const { rows, complete, nextDue } = opened.load(request.after, request.dueBefore, request.limit);
      const packed = pack(rows);
      reply({ kind: "loaded", rows: packed, complete, nextDue }, [packed.slab.buffer]);
      return;
    }
    case "unpark": {
      const packed = pack(opened.unpark(request));
      reply({ kind: "unparked", rows: packed }, [packed.slab.buffer]);
      return;
    }
    case "close": {
      opened.close();
      port?.close();
      return;
    }
  }
}

function work(): void {
  for (let request = queue[0]; request !== undefined && store !== undefined; request = queue[0]) {
    try {
      perform(store, request);
      if (stuck) reply({ kind: "unstuck", message: "the in-flight file takes commits again" });
      stuck = false;
      queue.shift();
    } catch (error) {
      if (!PASSING.test(codeOf(error))) {
        store = undefined;
        fail(error);
        return;
      }
      if (!stuck) reply({ kind: "stuck", message: messageOf(error) });
      stuck = true;
      setTimeout(work, RETRY_MS).unref();
      return;
    }
  }
}

try {
  store = new Store(String(workerData));
  const { rows, ...recovered } = store.recover();
  const packed = pack(rows);
  reply({ kind: "opened", uuid: store.uuid, recovered, rows: packed }, [packed.slab.buffer]);
} catch (error) {
  fail(error);
  port.close();
}

port.on("message", (request: JournalRequest) => {
  if (store === undefined) {
    // It failed for good: there is nothing left to do but to end.
    if (request.kind === "close") port.close();
    return;
  }
  if (stuck && request.kind === "close") {
    // Nothing of what waits can be written; the log has it.
    store.close();
    store = undefined;
    port.close();
    return;
  }
  queue.push(request);
  if (!stuck) work();
});
