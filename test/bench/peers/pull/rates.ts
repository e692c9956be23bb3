import { until } from "../../../support/waiting.js";
import { PullClient } from "../../pull-client.js";

/** Activations a second over the taskbroker protocol, by number of clients. */
export interface PullRates {
  readonly sixteen: number;
  readonly one: number;
  /** Of Python's worker with two processes, when it was asked for. */
  readonly python?: number;
}

const CLIENTS = 16;
const SIXTEEN = 8000;
const ONE = 1000;
/** Share that is not measured, at the begin. */
const WARM = 0.1;
const LOOK_MS = 2;

/** How many activations `pullRates` needs. */
export const PULLED = SIXTEEN + ONE;

/** 16 clients, each on a connection of its own, then one alone. Throws unless each activation was handed out exactly once. */
export async function pullRates(who: string, address: string): Promise<PullRates> {
  const seen = new Set<string>();
  const sixteen = await rate(who, address, CLIENTS, SIXTEEN, seen);
  const one = await rate(who, address, 1, ONE, seen);
  if (seen.size !== PULLED) throw new Error(`${who}: ${PULLED} activations expected, ${seen.size} handed out`);
  return { sixteen, one };
}

/** Completes this many and takes the next one with each report but the last ones. */
async function rate(who: string, address: string, clients: number, count: number, seen: Set<string>): Promise<number> {
  const all = Array.from({ length: clients }, () => new PullClient(address, "bench"));
  const warm = Math.floor(count * WARM);
  let taken = 0;
  let done = 0;
  let began = performance.now();
  const note = (id: string) => {
    if (seen.has(id)) throw new Error(`${who}: activation ${id} was handed out twice`);
    seen.add(id);
  };
  const work = async (client: PullClient) => {
    if (taken >= count) return;
    taken += 1;
    for (let task = await fetched(client); ; ) {
      note(task.id);
      const more = taken < count;
      if (more) taken += 1;
      const next = more ? await client.complete(task.id) : await client.finish(task.id);
      done += 1;
      if (done === warm) began = performance.now();
      if (!more) return;
      task = next ?? (await fetched(client));
    }
  };
  try {
    await Promise.all(all.map(work));
  } finally {
    for (const client of all) client.close();
  }
  if (done !== count) throw new Error(`${who}: ${count} activations expected, ${done} completed`);
  return ((count - warm) / (performance.now() - began)) * 1000;
}

/** The next one, as soon as the broker has one. */
function fetched(client: PullClient) {
  return until(() => client.getTask(), LOOK_MS);
}
