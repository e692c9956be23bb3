import { effect, signal } from "@preact/signals";
import { live } from "../../data/live.ts";
import { pool } from "../../data/pool.ts";
import { type GoneWorker, gone } from "./gone.ts";
import { workerFacts } from "./worker-facts.ts";

/** Workers that left while this page was open. */
export const goneWorkers = signal<readonly GoneWorker[]>([]);

/** Looks at the workers as long as the page is open, whatever screen is shown. */
export function watchWorkers(): void {
  let before: Parameters<typeof gone>[1] = [];
  let watched = pool.peek();
  effect(() => {
    // Workers of another pool have not left.
    if (watched !== pool.value) {
      watched = pool.value;
      before = [];
      goneWorkers.value = [];
    }
    const brokers = live.brokers.value.map(({ broker, status }) => ({ ...status, broker }));
    if (brokers.length === 0) return;
    const complete = live.missing.value.length === 0;
    const present = workerFacts({ brokers }).map(({ worker, application, about }) => ({
      worker,
      application,
      host: about?.host ?? "",
    }));
    const after = gone(goneWorkers.peek(), before, present, { now: Date.now(), complete });
    if (after.length > 0 || goneWorkers.peek().length > 0) goneWorkers.value = after;
    // What a silent broker had is looked for again when it answers.
    if (complete) before = present;
  });
}
