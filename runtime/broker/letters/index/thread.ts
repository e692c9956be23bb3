import { rmSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { codeOf, messageOf } from "../../../base/errors.js";
import { nameThread } from "../../../base/process/thread-name.js";
import { type Letter, letterOf } from "../records/letter.js";
import { type Marker, markerOf } from "../records/marker.js";
import type { IndexReply, IndexRequest, IndexThreadData } from "./messages.js";
import { unpackRecords } from "./packed-records.js";
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

/** The answer to a request; undefined: it is done. */
function perform(store: LetterStore, request: Exclude<IndexRequest, { kind: "close" }>): unknown {
  switch (request.kind) {
    case "feed":
      return feed(store, request);
    case "list":
      return store.list(request.query, matcherOf(request.query));
    case "count": {
      const { after, mayHaveStarted } = request.query;
      return store.count(after, matcherOf(request.query), mayHaveStarted);
    }
    case "groups":
      return store.groups(request.query.after, matcherOf(request.query));
    case "standings":
      return store.standings(request.topic, request.identities);
    case "summary":
      return store.summary();
    case "last":
      return store.last(request.topic, request.partition);
    case "unscrubbed":
      return store.unscrubbed(request.topic, request.limit);
    case "scrubbed":
      return store.scrubbed(request.letters);
    case "forget":
      return store.forget(request.topic);
  }
}

/** The roots of the chains whose letters were fed. */
function feed(store: LetterStore, { records, progress, scrubs }: Extract<IndexRequest, { kind: "feed" }>): string[] {
  const { topic, partition } = progress;
  const letters: Letter[] = [];
  const markers: Marker[] = [];
  for (const record of unpackRecords(records)) {
    const marker = markerOf(topic, partition, record);
    const letter = marker === undefined ? letterOf(topic, partition, record) : undefined;
    if (marker !== undefined) markers.push(marker);
    if (letter !== undefined) letters.push(letter);
  }
  store.feed({ ...progress, letters, markers, scrubs });
  return letters.map(({ root }) => root);
}

function failed(error: unknown, stale: boolean): IndexReply {
  return { kind: "failed", code: codeOf(error), message: messageOf(error), stale };
}

try {
  let store: LetterStore | undefined = open();
  reply({ kind: "done", json: "null" });
  port.on("message", (request: IndexRequest) => {
    if (request.kind === "close" || store === undefined) {
      store?.close();
      port.close();
      return;
    }
    try {
      reply({ kind: "done", json: JSON.stringify(perform(store, request) ?? null) });
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
