/** How many slots of one entry this process started and missed. */
export interface Tally {
  /** Activations appended. */
  started: number;
  missed: number;
  /** Failed attempts; each is retried. */
  failed: number;
  /** The latest slot that was started, and when; milliseconds since the epoch. */
  last?: { readonly slot: number; readonly at: number };
}

export class Tallies {
  readonly #byTask = new Map<string, Tally>();

  /** `task`: `<namespace>.<task>`. */
  of(task: string): Tally {
    let tally = this.#byTask.get(task);
    if (tally === undefined) {
      tally = { started: 0, missed: 0, failed: 0 };
      this.#byTask.set(task, tally);
    }
    return tally;
  }

  started(task: string, slot: number, at: number): void {
    const tally = this.of(task);
    tally.started += 1;
    tally.last = { slot, at };
  }
}
