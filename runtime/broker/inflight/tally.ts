import type { State } from "./row.js";

/** How many activations of one task are in each state, live or not. */
export class Tally {
  readonly application: string;
  readonly namespace: string;
  readonly task: string;
  pending = 0;
  delayed = 0;
  processing = 0;
  retry = 0;
  failure = 0;
  parked = 0;

  constructor(application: string, namespace: string, task: string) {
    this.application = application;
    this.namespace = namespace;
    this.task = task;
  }

  move(from: State | undefined, to: State | undefined): void {
    if (from !== undefined) this[from] -= 1;
    if (to !== undefined) this[to] += 1;
  }
}

export interface Counts {
  pending: number;
  delayed: number;
  processing: number;
  retry: number;
  failure: number;
  parked: number;
}

/** The tallies of all tasks seen, by application, namespace and wire name. */
export class Tallies {
  readonly #byKey = new Map<string, Tally>();

  of({ application, namespace, task }: Pick<Tally, "application" | "namespace" | "task">): Tally {
    const key = `${application}\0${namespace}\0${task}`;
    let tally = this.#byKey.get(key);
    if (tally === undefined) {
      tally = new Tally(application, namespace, task);
      this.#byKey.set(key, tally);
    }
    return tally;
  }

  all(): IterableIterator<Tally> {
    return this.#byKey.values();
  }

  total(): Counts {
    const sum: Counts = { pending: 0, delayed: 0, processing: 0, retry: 0, failure: 0, parked: 0 };
    for (const tally of this.#byKey.values()) {
      for (const state of Object.keys(sum)) {
        if (isCounted(state)) sum[state] += tally[state];
      }
    }
    return sum;
  }
}

function isCounted(name: string): name is keyof Counts {
  return ["pending", "delayed", "processing", "retry", "failure", "parked"].includes(name);
}
