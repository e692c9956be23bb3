import type { State } from "#runtime/activation/states.js";
import type { ActivationDocument, ActivationsPage } from "#runtime/operations/documents/front.js";
import { nameOf, type ShopTask, TASKS } from "./catalogue.js";
import { contentOf } from "./content.js";
import { iso } from "./controls.js";
import { FAILURES, idOf, stackOf } from "./failures.js";
import { BROKERS, workerId } from "./fleet.js";

type Row = ActivationsPage["rows"][number];

/** Rows that are made when they are looked at: a million of them cost nothing. */
export interface Rows {
  readonly length: number;
  row(index: number): Row;
}

const SECOND = 1000;
const ORDER: readonly State[] = ["processing", "pending", "retry", "failure", "delayed", "parked"];

/** The activations in flight, in the order of the lists. `delayedCarts`: how many of orders.expire_cart are delayed. */
export function activationsAt(now: number, delayedCarts?: number): Rows {
  const blocks = ORDER.flatMap((state) =>
    TASKS.flatMap((task) => {
      const count =
        state === "delayed" && task.key === "expire_cart" ? (delayedCarts ?? task.load.delayed) : task.load[state];
      return count === undefined || count === 0 ? [] : [{ state, task, count }];
    }),
  );
  const starts: number[] = [];
  let length = 0;
  for (const { count } of blocks) {
    starts.push(length);
    length += count;
  }
  return {
    length,
    row: (index) => {
      const at = starts.findLastIndex((start) => start <= index);
      const block = blocks[at];
      if (block === undefined) throw new RangeError(`no row ${index} of ${length}`);
      return rowOf(now, block.state, block.task, index - (starts[at] ?? 0), block.count);
    },
  };
}

function rowOf(now: number, state: State, task: ShopTask, index: number, count: number): Row {
  const { load, topic, namespace } = task;
  const age = state === "processing" ? 300 + index * 1700 : (load.oldest ?? 90 * SECOND) * (1 - index / (count + 1));
  const runs = state === "processing";
  const failed = state === "retry" || state === "failure";
  const retried = state === "delayed" && (load.failed ?? 0) > 0;
  const failure = FAILURES.find((each) => each.task === task) ?? FAILURES[1];
  return {
    broker: BROKERS[index % BROKERS.length] ?? BROKERS[0],
    id: idOf(`${nameOf(task)}/${state}`, index),
    application: "shop",
    namespace,
    task: nameOf(task),
    state,
    received: iso(now - age - (runs ? 900 : 0)),
    due: state === "delayed" ? iso(now + 2 * SECOND + index * (retried ? 400 : 1900)) : null,
    expires: task.expires === undefined ? null : iso(now - age + task.expires),
    attempt: failed || retried ? 1 + ((index + 1) % (task.attempts ?? 5)) : 1,
    attempts: task.attempts ?? null,
    worker: runs || failed ? workerId(namespace === "search" ? 3 : task.key === "resize_image" ? 4 : index % 3) : null,
    claimUntil: runs ? iso(now - age + task.deadline + 3 * SECOND) : null,
    reason: failed ? (failure?.reason ?? "error") : null,
    error: failed && failure !== undefined ? stackOf(failure) : null,
    topic,
    partition: index % 6,
    offset: 13_960_000 - count + index,
    size: 240 + ((index * 37) % 700),
  };
}

export function activationDocument(now: number, { broker, ...row }: Row, index: number): ActivationDocument {
  const task = TASKS.find((each) => nameOf(each) === row.task);
  return {
    partial: [],
    broker,
    activation: {
      ...row,
      atMostOnce: task?.atMostOnce ?? false,
      deadLetter: true,
      deadline: task?.deadline ?? 30_000,
      lostAttempts: index % 5 === 4 ? 1 : 0,
    },
    chain: [
      ...Array.from({ length: row.attempt - 1 }, (_, run) => ({
        id: idOf(`${row.id}/run`, run),
        attempt: run + 1,
        state: null,
      })),
      { id: row.id, attempt: row.attempt, state: row.state },
    ],
    content: contentOf(row.task, index),
    now: iso(now),
  };
}
