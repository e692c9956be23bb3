import { parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../base/clock.js";
import { codeOf, messageOf } from "../../base/errors.js";
import { nameThread } from "../../base/process/thread-name.js";
import type { BareChanges, JournalReply, JournalReport, JournalRequest, ReadRequest } from "./messages.js";
import { openStore } from "./open.js";
import type { Store } from "./store.js";
import { isDamage } from "./tables/damage.js";
import { buffersOf, type PackedRows, pack, seqsOf, unpack } from "./tables/packed.js";

/** The journal's thread: opens the file of workerData, answers requests in order, tidies up between them. */
const port = parentPort;
if (port === null) throw new Error("this module runs as the journal's thread");
nameThread("journal");

const RETRY_MS = 1000;
/** Time between slices of tidying up: SOON when there is more to do and no request came for IDLE_MS. */
const TIDY_SOON_MS = 10;
const TIDY_MS = 1000;
const IDLE_MS = 500;
/** The disk is full or fails for the moment: nothing was written, and the request is retried. */
const TRANSIENT = /^SQLITE_(FULL|IOERR|CANTOPEN)/;

const clock = systemClock();
let store: Store | undefined;
/** Requests wait here while the first one is retried. */
const queue: JournalRequest[] = [];
/** What operators read waits here for turns in which no other request does. */
const reads: ReadRequest[] = [];
let stuck = false;
let lastRequestAt = clock.now();

function reply(message: JournalReply, rows?: PackedRows): void {
  port?.postMessage(message, rows === undefined ? [] : buffersOf(rows));
}

/** Nothing works from here on. A damaged file is rebuilt at the next start. */
function fail(error: unknown): void {
  const damaged = isDamage(error);
  if (damaged) store?.markDamaged(error);
  store?.close();
  store = undefined;
  reply({ kind: "failed", code: damaged ? "journal_damaged" : codeOf(error), message: messageOf(error) });
}

function isTransient(error: unknown): boolean {
  return TRANSIENT.test(codeOf(error)) && !isDamage(error);
}

function perform(opened: Store, request: JournalRequest): void {
  switch (request.kind) {
    case "commit": {
      opened.commit(request.changes, unpack(request.inserts));
      const report = request.report ? reportOf(opened) : undefined;
      reply({ kind: "committed", number: request.changes.number, commits: opened.commits, report });
      return;
    }
    case "load": {
      const { rows, ...rest } = opened.load(request.after, request.dueBefore, request.limit);
      const packed = pack(rows);
      reply({ kind: "loaded", rows: packed, ...rest }, packed);
      return;
    }
    case "unpark": {
      const packed = pack(opened.unpark(request));
      reply({ kind: "unparked", rows: packed }, packed);
      return;
    }
    case "controls":
      opened.writeControls(request.json);
      reply({ kind: "controlled", commits: opened.commits });
      return;
    case "page": {
      const { rows, ...turn } = opened.page(request.request);
      const packed = pack(rows);
      reply({ kind: "paged", turn, rows: packed, sizes: rows.map(({ size }) => size) }, packed);
      return;
    }
    case "find": {
      const { rows, ...turn } = opened.find(request.ids, request.payload, request.after);
      const packed = pack(rows);
      reply({ kind: "found", turn, rows: packed, sizes: rows.map(({ size }) => size) }, packed);
      return;
    }
    case "bound":
      opened.bound(request.topic, request.partition, request.end);
      return;
    case "close":
      store = undefined;
      opened.close();
      port?.close();
      return;
  }
}

function work(): void {
  for (let request = queue[0]; request !== undefined && store !== undefined; request = queue[0]) {
    try {
      if (stuck) settleAhead(store);
      perform(store, queue[0] ?? request);
    } catch (error) {
      if (!isTransient(error)) {
        fail(error);
        return;
      }
      if (!stuck) reply({ kind: "stuck", message: messageOf(error) });
      stuck = true;
      setTimeout(work, RETRY_MS).unref();
      return;
    }
    if (stuck) reply({ kind: "unstuck", message: "the in-flight file takes commits again" });
    stuck = false;
    queue.shift();
    attempt(() => store?.checkpoint());
  }
}

/** Carries one of `reads` out, and comes back for the next when the requests that arrived meanwhile are done. */
function read(): void {
  const [first] = reads;
  if (first === undefined || store === undefined) return;
  try {
    perform(store, first);
    reads.shift();
    if (reads.length > 0) setImmediate(read);
  } catch (error) {
    if (isTransient(error)) setTimeout(read, RETRY_MS).unref();
    else fail(error);
  }
}

/**
 * Settles what waiting commits delete ahead of them, once each: the freed space makes room for the commits. Rows that a
 * waiting commit has still to insert are left to the commit that deletes them.
 */
function settleAhead(opened: Store): void {
  const toCome = new Set(queue.flatMap((waiting) => (waiting.kind === "commit" ? seqsOf(waiting.inserts) : [])));
  const ahead = (changes: BareChanges) => changes.deletes.filter((seq) => !toCome.has(seq));
  const settled = queue.flatMap((waiting) =>
    waiting.kind === "commit" ? [{ deletes: ahead(waiting.changes), finished: waiting.changes.finished }] : [],
  );
  if (!opened.settle(settled)) return;
  for (const [at, waiting] of queue.entries()) {
    if (waiting.kind !== "commit") continue;
    const deletes = waiting.changes.deletes.filter((seq) => toCome.has(seq));
    queue[at] = { ...waiting, changes: { ...waiting.changes, deletes, finished: [] } };
  }
}

/** undefined for a transient error: it must not repeat the commit before the report. */
function reportOf(opened: Store): JournalReport | undefined {
  try {
    return opened.report();
  } catch (error) {
    if (!isTransient(error)) throw error;
    return undefined;
  }
}

/** Runs work that no request waits for; transient errors are ignored. */
function attempt(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!isTransient(error)) fail(error);
  }
}

function tidy(): void {
  const idle = clock.now() - lastRequestAt >= IDLE_MS;
  let more = false;
  if (!stuck) {
    attempt(() => {
      more = store?.tidy(clock.wall(), idle) ?? false;
    });
  }
  if (store !== undefined) setTimeout(tidy, idle && more ? TIDY_SOON_MS : TIDY_MS).unref();
}

try {
  const { file, ...options } = workerData;
  const opened = openStore(String(file), options);
  store = opened.store;
  const { rows, ...recovered } = opened.recovered;
  const packed = pack(rows);
  const { uuid, quarantine, lineage, commits, controls } = store;
  reply({ kind: "opened", uuid, lineage, commits, quarantine, controls, recovered, rows: packed }, packed);
  setTimeout(tidy, TIDY_MS).unref();
} catch (error) {
  fail(error);
  port.close();
}

port.on("message", (request: JournalRequest) => {
  lastRequestAt = clock.now();
  if (store === undefined) {
    // It has failed permanently; it can only end.
    if (request.kind === "close") port.close();
    return;
  }
  if (stuck && request.kind === "close") {
    // What waits cannot be written; the log still has it.
    store.close();
    store = undefined;
    port.close();
    return;
  }
  if (request.kind === "page" || request.kind === "find") {
    reads.push(request);
    if (reads.length === 1) setImmediate(read);
    return;
  }
  queue.push(request);
  if (!stuck) work();
});
