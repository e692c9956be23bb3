import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ManualClock } from "../../unit/worker/manual-clock.js";
import { statusWith } from "../status.js";
import { FakeBroker, liveOf, Page } from "./page.js";

const BROKERS = 3;
const PAGES = 8;
/** A page leaves and another comes, this often, rounds. */
const CHANGE = 50;
/** Times at which the heap is measured, the first after what is kept has reached its size. */
const LOOKS = 10;

interface Soaked {
  readonly rounds: number;
  /** Sizes of the heap after a collection, MiB. */
  readonly heap: readonly number[];
  /** Events that pages received. */
  readonly events: number;
}

/** Pages of a console of three brokers that follow many rounds, a second each, at speed; some leave and come back. `tasks`: of each broker. */
export async function soak(rounds: number, tasks: number): Promise<Soaked> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const clock = new ManualClock();
  const brokers = Array.from({ length: BROKERS }, (_, index) => new FakeBroker(`b${index}:1`));
  const live = liveOf(brokers, clock);
  const open = async (query = "") => {
    const page = await Page.open(live, query);
    return { page, ended: page.ended() };
  };
  const pages = await Promise.all(Array.from({ length: PAGES }, () => open()));
  const heap: number[] = [];
  let events = 0;
  for (let round = 1; round <= rounds; round += 1) {
    for (const broker of brokers) change(broker, round, tasks, clock.wall());
    for (let step = 0; step < 4; step += 1) {
      clock.advance(250);
      await setImmediate();
    }
    if (round % CHANGE === 0) {
      const left = pages.shift();
      await left?.page.close();
      events += left?.page.events ?? 0;
      pages.push(await open(`after=${left?.page.id ?? ""}`));
    }
    if (round % Math.floor(rounds / LOOKS) === 0) {
      collect();
      heap.push(Math.round((process.memoryUsage().heapUsed / 2 ** 20) * 100) / 100);
    }
  }
  live.close();
  for (const { page, ended } of pages) {
    await ended;
    events += page.events;
  }
  return { rounds, heap, events };
}

/** A busy broker: most of its status changes each second, and it takes a point each 5 s. */
function change(broker: FakeBroker, round: number, tasks: number, wall: number): void {
  broker.calls.length = 0;
  broker.document = statusWith({
    broker: { ...broker.document.broker, id: `start ${Math.floor(round / 500)}` },
    ended: { ...statusWith().ended, completed: round * 7 },
    tasks: Array.from({ length: tasks }, (_, index) => ({
      application: "app",
      namespace: "things",
      task: `things.task${index}`,
      pending: (round * index) % 97,
      processing: 0,
      retry: 0,
      failure: 0,
      delayed: 0,
      parked: 0,
      oldestPending: round,
    })),
  });
  if (round % 5 !== 0) return;
  const { at, broker: values } = broker.series;
  broker.series = {
    step: 5,
    at: [...at, new Date(wall).toISOString()].slice(-720),
    broker: { completed: [...(values.completed ?? []), round].slice(-720) },
    tasks: [],
  };
}
