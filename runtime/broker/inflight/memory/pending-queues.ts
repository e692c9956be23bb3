import type { TaskNames } from "../counts/tally.js";
import type { Row } from "../live-row.js";
import { Fifo } from "./fifo.js";

/** Which work a session or a fetch takes. Work without an application is taken by all. */
export interface WorkFilter {
  /** undefined: any. */
  readonly application: string | undefined;
  /** Only with an application; undefined: any. */
  readonly namespace?: string | undefined;
  /** Wire names; undefined: any. */
  readonly tasks: ReadonlySet<string> | undefined;
}

/** Which work nobody takes at the moment. */
export interface Barrier {
  topic(name: string): boolean;
  namespace(name: string): boolean;
  task(name: string): boolean;
}

/** Empty queues are kept up to about this number: their names come from outside. */
const SPARE_QUEUES = 4096;

/** The pending rows of one partition in one namespace, by task. */
interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly tasks: Map<string, Fifo>;
}

/** The pending rows of one namespace of one application; its partitions take turns. */
interface NamespaceQueue {
  readonly application: string;
  readonly namespace: string;
  readonly partitions: PartitionQueue[];
  turn: number;
  size: number;
}

/**
 * The pending rows and their order of hand-out: first in, first out per application, namespace, topic and partition; the
 * partitions of a namespace take turns, and so do namespaces.
 */
export class PendingQueues {
  readonly #namespaces = new Map<string, NamespaceQueue>();
  /** The one used last: mostly the next row has the same names, and a key costs more than two comparisons. */
  #last: NamespaceQueue | undefined;
  /** Searched for empty queues at this size, at the latest. */
  #pruneAt = SPARE_QUEUES;
  /** Queues with work; `#turn` is the index of the next one. */
  readonly #ring: NamespaceQueue[] = [];
  #turn = 0;
  #size = 0;

  /** Pending rows. */
  get size(): number {
    return this.#size;
  }

  /** Namespaces that are remembered. */
  get namespaces(): number {
    return this.#namespaces.size;
  }

  add(row: Row): void {
    const queue = this.#queueOf(row);
    if (queue.size === 0) this.#ring.push(queue);
    queue.size += 1;
    this.#size += 1;
    const { tasks } = partitionOf(queue, row);
    let rows = tasks.get(row.facts.task);
    if (rows === undefined) {
      rows = new Fifo();
      tasks.set(row.facts.task, rows);
    }
    rows.insert(row);
  }

  remove(row: Row): void {
    const queue = this.#queueOf(row);
    const { tasks } = partitionOf(queue, row);
    const rows = tasks.get(row.facts.task);
    if (rows === undefined) return;
    if (!rows.remove(row)) return;
    if (rows.size === 0) tasks.delete(row.facts.task);
    queue.size -= 1;
    this.#size -= 1;
    if (queue.size === 0) this.#ring.splice(this.#ring.indexOf(queue), 1);
  }

  /** Removes and returns the next row that the filter takes and the barrier does not hold back. */
  take(filter: WorkFilter, barrier: Barrier): Row | undefined {
    const ring = this.#ring;
    if (filter.namespace !== undefined && filter.application === undefined) return undefined;
    for (let looked = ring.length; looked > 0; looked -= 1) {
      if (this.#turn >= ring.length) this.#turn = 0;
      const queue = ring[this.#turn];
      if (queue === undefined) return undefined;
      const open = accepts(filter, queue) && !barrier.namespace(queue.namespace);
      const row = open ? takeFrom(queue, filter.tasks, barrier) : undefined;
      if (queue.size === 0) ring.splice(this.#turn, 1);
      else this.#turn += 1;
      if (row === undefined) continue;
      this.#size -= 1;
      return row;
    }
    return undefined;
  }

  /** The oldest pending row of a task, over all partitions. */
  oldestOf({ application, namespace, task }: TaskNames): Row | undefined {
    let oldest: Row | undefined;
    for (const { tasks } of this.#namespaces.get(`${application}\0${namespace}`)?.partitions ?? []) {
      const row = tasks.get(task)?.peek();
      if (row !== undefined && (oldest === undefined || row.order < oldest.order)) oldest = row;
    }
    return oldest;
  }

  #queueOf({ facts: { application, namespace } }: Row): NamespaceQueue {
    const last = this.#last;
    if (last !== undefined && last.namespace === namespace && last.application === application) return last;
    const key = `${application}\0${namespace}`;
    let queue = this.#namespaces.get(key);
    if (queue === undefined) {
      if (this.#namespaces.size >= this.#pruneAt) this.prune();
      queue = { application, namespace, partitions: [], turn: 0, size: 0 };
      this.#namespaces.set(key, queue);
    }
    this.#last = queue;
    return queue;
  }

  /** Cheap for a few namespaces; checks each of many. */
  prune(): void {
    if (this.#namespaces.size <= SPARE_QUEUES) return;
    for (const [key, queue] of this.#namespaces) if (queue.size === 0) this.#namespaces.delete(key);
    this.#last = undefined;
    this.#pruneAt = Math.max(SPARE_QUEUES, 2 * this.#namespaces.size);
  }
}

function accepts({ application, namespace }: WorkFilter, queue: NamespaceQueue): boolean {
  if (namespace !== undefined && queue.namespace !== namespace) return false;
  return application === undefined || queue.application === "" || queue.application === application;
}

function partitionOf(queue: NamespaceQueue, row: Row): PartitionQueue {
  const { topic, partition } = row.facts;
  let found = queue.partitions.find((each) => each.topic === topic && each.partition === partition);
  if (found === undefined) {
    found = { topic, partition, tasks: new Map() };
    queue.partitions.push(found);
  }
  return found;
}

function takeFrom(queue: NamespaceQueue, tasks: WorkFilter["tasks"], barrier: Barrier): Row | undefined {
  const { partitions } = queue;
  for (let looked = 0; looked < partitions.length; looked += 1) {
    queue.turn = (queue.turn + 1) % partitions.length;
    const partition = partitions[queue.turn];
    if (partition === undefined || barrier.topic(partition.topic)) continue;
    const row = takeFirst(partition, tasks, barrier);
    if (row === undefined) continue;
    queue.size -= 1;
    return row;
  }
  return undefined;
}

function takeFirst(partition: PartitionQueue, tasks: WorkFilter["tasks"], barrier: Barrier): Row | undefined {
  const first = firstOf(partition, tasks, barrier);
  const row = first?.shift();
  if (row !== undefined && first?.size === 0) partition.tasks.delete(row.facts.task);
  return row;
}

/** The task whose oldest row comes first. The partition may have many more tasks than the filter names, or many fewer. */
function firstOf(partition: PartitionQueue, tasks: WorkFilter["tasks"], barrier: Barrier): Fifo | undefined {
  let first: Fifo | undefined;
  if (tasks !== undefined && tasks.size < partition.tasks.size) {
    for (const task of tasks) if (!barrier.task(task)) first = earlier(first, partition.tasks.get(task));
  } else {
    for (const [task, rows] of partition.tasks)
      if ((tasks === undefined || tasks.has(task)) && !barrier.task(task)) first = earlier(first, rows);
  }
  return first;
}

function earlier(one: Fifo | undefined, other: Fifo | undefined): Fifo | undefined {
  const order = other?.peek()?.order;
  if (order === undefined) return one;
  return order < (one?.peek()?.order ?? Number.POSITIVE_INFINITY) ? other : one;
}
