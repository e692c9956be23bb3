import type { JoinedWorkers } from "../../../../runtime/operations/documents/front.js";
import type { HashDifference, SessionStatus } from "../../../../runtime/operations/status/document.js";

/** `looping`: its child processes die again and again. `drained`: by a person. */
export type WorkerState = "connected" | "looping" | "draining" | "drained" | "lost";

/** A worker with its sessions: one with each broker that it is connected to. */
export interface WorkerFacts {
  readonly worker: string;
  readonly application: string;
  readonly state: WorkerState;
  /** null: it says nothing of itself. */
  readonly about: SessionStatus["about"];
  readonly vitals: SessionStatus["vitals"];
  readonly tasks: number;
  /** null: not known, because it was last connected before the brokers' start. */
  readonly slots: number | null;
  /** Activations that the brokers have handed to it. */
  readonly processing: number;
  /** How many more activations it accepts. */
  readonly credit: number;
  /** Milliseconds until the claims of a lost one end; null: it is connected. */
  readonly claimsEndIn: number | null;
  readonly brokers: readonly string[];
  /** Tasks that it has from another schema than others. */
  readonly differs: readonly HashDifference[];
}

export interface WorkerGroup {
  readonly application: string;
  /** By host; "": not known. */
  readonly hosts: readonly { readonly host: string; readonly workers: readonly WorkerFacts[] }[];
  readonly slots: number;
  readonly processing: number;
  /** Connected workers, and the hosts that they are on. */
  readonly count: number;
  readonly connectedHosts: number;
}

const WORST: readonly WorkerState[] = ["looping", "drained", "draining", "connected", "lost"];

/** Workers, by name. */
export function workerFacts(
  { brokers }: Pick<JoinedWorkers, "brokers">,
  differences: readonly HashDifference[] = [],
): WorkerFacts[] {
  const sessions = new Map<string, (SessionStatus & { readonly broker: string })[]>();
  for (const { broker, sessions: own } of brokers)
    for (const session of own)
      sessions.set(session.worker, [...(sessions.get(session.worker) ?? []), { ...session, broker }]);
  return [...sessions.entries()]
    .flatMap(([worker, own]) => {
      const newest = own.toSorted((one, other) => (one.vitals?.age ?? Infinity) - (other.vitals?.age ?? Infinity))[0];
      if (newest === undefined) return [];
      const slots = own.flatMap((session) => session.slots ?? []);
      const ends = own.flatMap(({ claimsEndIn }) => claimsEndIn ?? []);
      const states = own.map(stateOf);
      return [
        {
          worker,
          application: newest.application,
          state: WORST.find((state) => states.includes(state)) ?? "connected",
          about: own.find(({ about }) => about !== null)?.about ?? null,
          vitals: newest.vitals,
          tasks: Math.max(...own.map(({ tasks }) => tasks)),
          // A worker has its slots once, whatever number of brokers it is connected to.
          slots: slots.length === 0 ? null : Math.max(...slots),
          processing: own.reduce((total, { processing }) => total + processing, 0),
          credit: own.reduce((total, { credit }) => total + credit, 0),
          claimsEndIn: ends.length === 0 ? null : Math.max(...ends),
          brokers: own.map(({ broker }) => broker),
          differs: differences.filter(({ hashes }) => hashes.some(({ workers }) => workers.includes(worker))),
        },
      ];
    })
    .sort((one, other) => compare(one.worker, other.worker));
}

function stateOf({ lost, drained, draining, vitals }: SessionStatus): WorkerState {
  if (lost) return "lost";
  if (vitals !== null && vitals.crashLoop !== "") return "looping";
  if (drained) return "drained";
  return draining ? "draining" : "connected";
}

/** By application, then by host. Lost ones count for no slots. */
export function groupsOf(workers: readonly WorkerFacts[]): WorkerGroup[] {
  return grouped(workers, ({ application }) => application).map(([application, own]) => {
    const here = own.filter(({ state }) => state !== "lost");
    return {
      application,
      count: here.length,
      connectedHosts: new Set(here.map(({ about }) => about?.host ?? "")).size,
      slots: here.reduce((total, { slots }) => total + (slots ?? 0), 0),
      processing: here.reduce((total, { processing }) => total + processing, 0),
      hosts: grouped(own, ({ about }) => about?.host ?? "").map(([host, of]) => ({ host, workers: of })),
    };
  });
}

/** By key, in its order. */
function grouped<T>(all: readonly T[], keyOf: (each: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const each of all) groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  return [...groups].sort(([one], [other]) => compare(one, other));
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
