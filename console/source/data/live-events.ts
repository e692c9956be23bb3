import type { LiveEvents } from "../../../runtime/operations/documents/front.js";
import { type LiveBroker, live } from "./live.ts";
import { withPoints } from "./points.ts";
import { pool } from "./pool.ts";

/** An event of the stream. Page and server are of one build, so it holds what its name says. */
export type LiveEvent = {
  readonly [Name in keyof LiveEvents]: { readonly name: Name; readonly data: LiveEvents[Name] };
}[keyof LiveEvents];

/** Puts an event into `live`. What is not sent again stays as it is. */
export function applyEvent({ name, data }: LiveEvent): void {
  switch (name) {
    case "opened":
      // The counts begin again: what came in between is not known.
      if (!data.resumed) live.news.value = undefined;
      return;
    case "status":
      live.brokers.value = withStatus(live.brokers.value, data);
      return;
    case "missing":
      live.missing.value = data.partial;
      return;
    case "pools": {
      live.pools.value = data.pools;
      // A broker may serve another pool after its restart.
      const chosen = data.pools.find(({ name }) => name === pool.value);
      if (chosen !== undefined)
        live.brokers.value = live.brokers.value.filter(({ broker }) => chosen.brokers.includes(broker));
      return;
    }
    case "problems":
      live.problems.value = data;
      return;
    case "jobs":
      live.jobs.value = data;
      return;
    case "points":
      live.points.value = withPoints(live.points.value, data);
      return;
    case "news":
      live.news.value = data;
  }
}

/** The brokers, with the changed parts of the status of one. The first event of a broker has every part. */
function withStatus(brokers: readonly LiveBroker[], { broker, at, part }: LiveEvents["status"]): readonly LiveBroker[] {
  const before = brokers.find((each) => each.broker === broker);
  const after = { broker, at, status: { ...before?.status, ...part } as LiveBroker["status"] };
  return before === undefined
    ? [...brokers, after].sort((one, other) => one.broker.localeCompare(other.broker))
    : brokers.map((each) => (each === before ? after : each));
}
