import type { Counts } from "#runtime/activation/states.js";
import { countedByKind } from "#runtime/broker/controls/described.js";
import { diagnose } from "#runtime/operations/diagnose/diagnose.js";
import { summaryOf } from "#runtime/operations/diagnose/summary.js";
import type { JoinedProblems, StatusesDocument } from "#runtime/operations/documents/front.js";
import type { Status } from "#runtime/operations/status/document.js";
import { statusWith } from "../../status.js";
import { nameOf, type ShopTask, TASKS } from "./catalogue.js";
import { controlsOfPeople } from "./controls.js";
import { BROKERS, sessionsOf } from "./fleet.js";
import { MODEL } from "./model.js";

const MINUTE = 60_000;
const MIB = 2 ** 20;
const GIB = 2 ** 30;

const STATES = ["pending", "delayed", "processing", "retry", "failure", "parked"] as const;

/** How many of `count` the broker at this place has; the parts of all three are the whole. */
function part(count: number | undefined, broker: number): number {
  return Math.floor(((count ?? 0) + BROKERS.length - 1 - broker) / BROKERS.length);
}

function countsOf({ load }: ShopTask, broker: number): Counts {
  const counts = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };
  for (const state of STATES) counts[state] = part(load[state], broker);
  return counts;
}

function sum(all: readonly Counts[]): Counts {
  const counts = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };
  for (const each of all) for (const state of STATES) counts[state] += each[state];
  return counts;
}

export function statusesAt(now: number): StatusesDocument {
  return { partial: [], brokers: BROKERS.map((broker, index) => ({ broker, status: statusAt(index, now) })) };
}

/** The status of a broker on the night; `broker`: its place. */
export function statusAt(broker: number, now: number): Status {
  const tasks = TASKS.map((task) => ({ task, counts: countsOf(task, broker) })).filter(({ counts }) =>
    STATES.some((state) => counts[state] > 0),
  );
  return statusWith({
    pool: "default",
    environment: "production",
    // The three share a Kafka cluster, and so their pool.
    ownLog: false,
    data: "/srv/taskwire",
    broker: {
      id: `b${broker}-7f3a`,
      version: broker === 2 ? "0.1.0-rc.4" : "0.1.0",
      startedAt: new Date(now - (broker + 3) * 31 * 60 * MINUTE).toISOString(),
      api: 1,
    },
    process: { rss: (318 + broker * 21) * MIB, loopLag: 12 - broker * 3 },
    counts: sum(tasks.map(({ counts }) => counts)),
    oldestPending: 11 * MINUTE - broker * 9000,
    tasks: tasks.map(({ task, counts }) => ({
      application: "shop",
      namespace: task.namespace,
      task: nameOf(task),
      ...counts,
      oldestPending: counts.pending === 0 ? null : (task.load.oldest ?? null),
      ...(task.owner === undefined ? {} : { owner: task.owner }),
    })),
    taskNames: TASKS.length,
    unclaimed: TASKS.filter(({ key }) => key === "translate_text").map((task) => ({
      application: "shop",
      namespace: task.namespace,
      task: nameOf(task),
      pending: 0,
      parked: countsOf(task, broker).parked,
      oldest: task.load.oldest ?? 0,
      ...(task.owner === undefined ? {} : { owner: task.owner }),
    })),
    lastMinute: TASKS.filter(({ load }) => (load.done ?? 0) + (load.failed ?? 0) > 0)
      .map((task) => ({
        application: "shop",
        namespace: task.namespace,
        task: nameOf(task),
        done: part(task.load.done, broker),
        failed: part(task.load.failed, broker),
      }))
      .sort((a, b) => b.done + b.failed - a.done - a.failed),
    ended: {
      completed: 41_880_412 + broker * 7919,
      retried: 61_204 + broker * 31,
      deadlettered: 412 - broker * 9,
      discarded: 18,
      expired: 7,
      killswitched: 58,
      forwarded: 0,
      cancelled: 23,
    },
    failures: { error: 55_310, deadline_exceeded: 4102, attempts_exceeded: 371 },
    dropped: { "catalog.import_feed": 58 },
    sessions: sessionsOf(broker),
    heldFetches: broker === 0 ? 2 : 0,
    pullClients: broker === 0 ? [{ application: "shop-python", age: 640 }] : [],
    pushTargets:
      broker === 1
        ? [
            {
              application: "ledger",
              address: "ledger.shop:9000",
              connected: true,
              pushing: 1,
              window: 16,
              retryIn: null,
              lastAnswer: { result: "accepted", details: "", age: 2300 },
            },
          ]
        : [],
    refused: broker === 2 ? [{ peer: "10.4.1.77:41822", cause: "wrong secret", count: 12, age: 8 * MINUTE }] : [],
    handled: TASKS.filter(({ key }) => key !== "translate_text").map((task) => ({
      application: "shop",
      task: nameOf(task),
      workers: task.namespace === "search" || task.key === "resize_image" ? 1 : broker === 2 ? 1 : 2,
    })),
    nextDue: 1400 + broker * 700,
    topics: ["orders", "bulk", "messages"].flatMap((topic, at) =>
      [broker, broker + 3].map((partition) => ({
        topic,
        partition,
        position: 13_960_138 + at * 500_009 + partition * 911,
        lag: topic === "bulk" ? 18_402 + partition * 77 : 0,
        paused: topic === "bulk",
      })),
    ),
    limits: ["orders", "bulk", "messages"].map((topic) => {
      const of = sum(TASKS.filter((task) => task.topic === topic).map((task) => countsOf(task, broker)));
      return {
        topic,
        pending: of.pending + of.retry + of.failure,
        maxPendingCount: topic === "bulk" ? of.pending + of.retry + of.failure : 10_000,
        processing: of.processing,
        maxProcessingCount: 2048,
        delayed: of.delayed,
        maxDelayCount: null,
        parked: of.parked,
        paused:
          topic === "bulk"
            ? [{ reason: "max_pending_count" as const, message: "pending: as many as max_pending_count allows" }]
            : [],
      };
    }),
    journal: {
      file: "/srv/taskwire/default.inflight.db",
      bytes: (1.4 + broker * 0.1) * GIB,
      maxBytes: 8 * GIB,
      commitAge: 4,
    },
    audit: { file: "/srv/taskwire/audit.log", error: null },
    finishedIds: 1_204_118,
    runtimeConfig: {
      file: "/etc/taskwire/runtime.yaml",
      current: true,
      error: undefined,
      readAt: now - 52 * MINUTE,
      droppedTasks: ["reports.sample_traffic"],
      selectors: 0,
      demotedNamespaces: [],
      demotedTo: undefined,
      warnings: [],
    },
    controls: {
      version: "9e02",
      inForce: controlsOfPeople(now),
      leftOut: 0,
      byKind: countedByKind(controlsOfPeople(now)),
      problem: null,
    },
    clockSkew: 3,
  });
}

/** What is wrong with these brokers; those in `silent` gave no status. */
export function problemsOf(
  statuses: StatusesDocument,
  silent: readonly { readonly broker: string; readonly code: string; readonly message: string }[] = [],
): JoinedProblems {
  return {
    partial: silent,
    findings: diagnose(statuses.brokers, {
      models: [MODEL],
      silent: silent.map(({ broker, message }) => ({ broker, error: message })),
    }),
    summary: summaryOf(statuses.brokers),
  };
}
