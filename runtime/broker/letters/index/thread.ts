import { rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { codeOf, messageOf } from "../../../base/errors.js";
import { nameThread } from "../../../base/process/thread-name.js";
import type { IndexReply, IndexRequest, IndexThreadData } from "./messages.js";
import { matcherOf } from "./query.js";
import { isStale } from "./schema.js";
import { LetterStore } from "./store.js";

/** The thread of the index of dead letters: opens the file of workerData, and answers requests in order. */
const port = parentPort;
if (port === null) throw new Error("this module runs as the thread of the index of dead letters");
nameThread("letters");

const { file, limits }: IndexThreadData = workerData;

function reply(message: IndexReply): void {
  port?.postMessage(message);
}

/** Opens the file; one that cannot be used is deleted and made again. */
function open(): LetterStore {
  try {
    return new LetterStore(file, limits);
  } catch (error) {
    if (!isStale(error)) throw error;
    remove();
    return new LetterStore(file, limits);
  }
}

function remove(): void {
  for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
}

function perform(store: LetterStore, request: Exclude<IndexRequest, { kind: "close" }>): IndexReply {
  switch (request.kind) {
    case "feed":
      store.feed(request.fed);
      return { kind: "done" };
    case "list":
      return { kind: "page", page: store.list(request.query, matcherOf(request.query)) };
    case "count": {
      const { after, mayHaveStarted } = request.query;
      return { kind: "counted", counted: store.count(after, matcherOf(request.query), mayHaveStarted) };
    }
    case "standings":
      return { kind: "standings", standings: store.standings(request.topic, request.identities) };
    case "summary":
      return { kind: "summary", summary: store.summary() };
    case "last":
      return { kind: "last", letter: store.last(request.topic, request.partition) };
    case "unscrubbed":
      return { kind: "unscrubbed", ...store.unscrubbed(request.topic, request.limit) };
    case "scrubbed":
      store.scrubbed(request.letters);
      return { kind: "done" };
    case "forget":
      store.forget(request.topic);
      return { kind: "done" };
  }
}

function failed(error: unknown, stale: boolean): IndexReply {
  return { kind: "failed", code: codeOf(error), message: messageOf(error), stale };
}

try {
  let store: LetterStore | undefined = open();
  reply({ kind: "opened" });
  port.on("message", (request: IndexRequest) => {
    if (request.kind === "close" || store === undefined) {
      store?.close();
      port.close();
      return;
    }
    try {
      reply(perform(store, request));
    } catch (error) {
      const stale = isStale(error);
      if (stale) {
        store.close();
        store = undefined;
        remove();
      }
      reply(failed(error, stale));
      if (stale) port.close();
    }
  });
} catch (error) {
  reply(failed(error, false));
  port.close();
}
