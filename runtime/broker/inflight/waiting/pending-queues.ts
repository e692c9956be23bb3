import type { Tally } from "../counts/tally.js";
import type { Row } from "../row.js";
import { Fifo } from "./fifo.js";

/** What a worker can take: work of its application and of none. */
export interface Appetite {
  /** undefined: of any. */
  readonly application: string | undefined;
  /** undefined: of any. */
  readonly namespace?: string | undefined;
  /** Wire names; undefined: any. */
  readonly tasks: ReadonlySet<string> | undefined;
}

/** Queues without work are kept up to about this number: names come from outside. */
const SPARE_QUEUES = 4096;

/** The pending rows of one (application, namespace, topic, partition), by task. */
interface Lane {
  readonly topic: string;
  readonly partition: number;
  readonly tasks: Map<string, Fifo>;
}

/** The lanes of one namespace of one application; they take turns. */
interface Queue {
  readonly application: string;
  readonly namespace: string;
  readonly lanes: Lane[];
  turn: number;
  size: number;
}

/**
 * The pending rows and their order of hand-out: first in, first out within a lane; the partitions of a namespace take
 * turns, and so do namespaces.
 */
export class Lanes {
  readonly #queues = new Map<string, Queue>();
  /** Looked through for queues without work at this size, at the latest. */
  #pruneAt = SPARE_QUEUES;
  /** Queues with work, in turn. */
  readonly #ring: Queue[] = [];
  #turn = 0;
  #size = 0;

  /** Pending rows. */
  get size(): number {
    return this.#size;
  }

  /** Namespaces that are remembered. */
  get queues(): number {
    return this.#queues.size;
  }

  add(row: Row): void {
    const queue = this.#queueOf(row);
    if (queue.size === 0) this.#ring.push(queue);
    queue.size += 1;
    this.#size += 1;
    const lane = laneOf(queue, row);
    let rows = lane.tasks.get(row.facts.task);
    if (rows === undefined) {
      rows = new Fifo();
      lane.tasks.set(row.facts.task, rows);
    }
    rows.insert(row);
  }

  remove(row: Row): void {
    const queue = this.#queueOf(row);
    const { tasks } = laneOf(queue, row);
    const rows = tasks.get(row.facts.task);
    if (rows === undefined) return;
    if (!rows.remove(row)) return;
    if (rows.size === 0) tasks.delete(row.facts.task);
    queue.size -= 1;
    this.#size -= 1;
    if (queue.size === 0) this.#ring.splice(this.#ring.indexOf(queue), 1);
  }

  /** Removes and returns the next row for the appetite; topics for which `blocked` says true are passed over. */
  take(appetite: Appetite, blocked: (topic: string) => boolean): Row | undefined {
    const ring = this.#ring;
    if (appetite.namespace !== undefined && appetite.application === undefined) return undefined;
    for (let looked = ring.length; looked > 0; looked -= 1) {
      if (this.#turn >= ring.length) this.#turn = 0;
      const queue = ring[this.#turn];
      if (queue === undefined) return undefined;
      const row = wants(appetite, queue) ? takeFrom(queue, appetite.tasks, blocked) : undefined;
      if (queue.size === 0) ring.splice(this.#turn, 1);
      else this.#turn += 1;
      if (row === undefined) continue;
      this.#size -= 1;
      return row;
    }
    return undefined;
  }

  /** The oldest pending row of a task, of any lane. */
  oldestOf({ application, namespace, task }: Pick<Tally, "application" | "namespace" | "task">): Row | undefined {
    let oldest: Row | undefined;
    for (const lane of this.#queues.get(`${application}\0${namespace}`)?.lanes ?? []) {
      const row = lane.tasks.get(task)?.peek();
      if (row !== undefined && (oldest === undefined || row.order < oldest.order)) oldest = row;
    }
    return oldest;
  }

  #queueOf(row: Row): Queue {
    const key = `${row.facts.application}\0${row.facts.namespace}`;
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      if (this.#queues.size >= this.#pruneAt) this.prune();
      const { application, namespace } = row.facts;
      queue = { application, namespace, lanes: [], turn: 0, size: 0 };
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** Cheap for a few namespaces; of many, each is looked at. */
  prune(): void {
    if (this.#queues.size <= SPARE_QUEUES) return;
    for (const [key, queue] of this.#queues) if (queue.size === 0) this.#queues.delete(key);
    this.#pruneAt = Math.max(SPARE_QUEUES, 2 * this.#queues.size);
  }
}

function wants({ application, namespace }: Appetite, queue: Queue): boolean {
  if (namespace !== undefined && queue.namespace !== namespace) return false;
  return application === undefined || queue.application === "" || queue.application === application;
}

function laneOf(queue: Queue, row: Row): Lane {
  const { topic, partition } = row.facts;
  let lane = queue.lanes.find((lane) => lane.topic === topic && lane.partition === partition);
  if (lane === undefined) {
    lane = { topic, partition, tasks: new Map() };
    queue.lanes.push(lane);
  }
  return lane;
}

function takeFrom(queue: Queue, tasks: Appetite["tasks"], blocked: (topic: string) => boolean): Row | undefined {
  const { lanes } = queue;
  for (let looked = 0; looked < lanes.length; looked += 1) {
    queue.turn = (queue.turn + 1) % lanes.length;
    const lane = lanes[queue.turn];
    if (lane === undefined || blocked(lane.topic)) continue;
    const row = takeFirst(lane, tasks);
    if (row === undefined) continue;
    queue.size -= 1;
    return row;
  }
  return undefined;
}

function takeFirst(lane: Lane, tasks: Appetite["tasks"]): Row | undefined {
  const first = firstOf(lane, tasks);
  const row = first?.shift();
  if (row !== undefined && first?.size === 0) lane.tasks.delete(row.facts.task);
  return row;
}

/** The task whose oldest row comes first. The lane may have many more tasks than the worker names, or many fewer. */
function firstOf(lane: Lane, tasks: Appetite["tasks"]): Fifo | undefined {
  let first: Fifo | undefined;
  if (tasks !== undefined && tasks.size < lane.tasks.size) {
    for (const task of tasks) first = earlier(first, lane.tasks.get(task));
  } else {
    for (const [task, rows] of lane.tasks) if (tasks === undefined || tasks.has(task)) first = earlier(first, rows);
  }
  return first;
}

function earlier(one: Fifo | undefined, other: Fifo | undefined): Fifo | undefined {
  const order = other?.peek()?.order;
  if (order === undefined) return one;
  return order < (one?.peek()?.order ?? Number.POSITIVE_INFINITY) ? other : one;
}
