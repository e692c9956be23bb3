import type {
  HashDifference,
  PushTargetStatus,
  RefusedStatus,
  SessionStatus,
  Status,
} from "../../../operations/status/document.js";
import type { Refused } from "../../../wire/server/refusals.js";
import type { Vitals } from "../../../wire/session.js";
import type { SessionSnapshot, Snapshot } from "../../inflight/counts/snapshot.js";
import type { ModelHashes } from "./model-hashes.js";

/** What is known of workers beside the machine. */
export interface WorkerSources {
  /** The last report of a session's worker, and when it came. */
  vitalsOf(session: string): { readonly report: Vitals; readonly at: number } | undefined;
  readonly pushTargets: readonly PushTarget[];
  /** The last one first. */
  readonly refused: readonly Refused[];
}

interface PushTarget extends Pick<PushTargetStatus, "application" | "address" | "connected" | "pushing" | "window"> {
  readonly retryAt: number | undefined;
  readonly last:
    | (Pick<NonNullable<PushTargetStatus["lastAnswer"]>, "result" | "details"> & { readonly at: number })
    | undefined;
}

/** The sessions of workers. */
export function sessionsOf(
  sessions: readonly SessionSnapshot[],
  vitalsOf: WorkerSources["vitalsOf"],
  now: number,
): SessionStatus[] {
  return sessions.map(
    ({ id, worker, application, tasks, processing, draining, drained, lost, slots, credit, endsAt, about }) => {
      const vitals = vitalsOf(id);
      return {
        worker,
        application,
        tasks: tasks.size,
        processing,
        draining,
        drained,
        lost,
        slots: slots ?? null,
        credit,
        claimsEndIn: endsAt === undefined ? null : until(endsAt, now),
        about: about ?? null,
        vitals: vitals === undefined ? null : { ...vitals.report, age: since(vitals.at, now) },
      };
    },
  );
}

/** Workers without a session: pushed applications are no pull clients, though the broker fetches for them. */
export function fetchingOf(
  { fetched }: Snapshot,
  { pushTargets }: WorkerSources,
  now: number,
): Pick<Status, "pullClients" | "pushTargets"> {
  const pushed = new Set<string | undefined>(pushTargets.map(({ application }) => application));
  return {
    pullClients: fetched
      .filter(({ application }) => !pushed.has(application))
      .map(({ application, at }) => ({ application: application ?? null, age: since(at, now) })),
    pushTargets: pushTargets.map(({ retryAt, last, ...target }) => ({
      ...target,
      retryIn: retryAt === undefined ? null : until(retryAt, now),
      lastAnswer: last === undefined ? null : { result: last.result, details: last.details, age: since(last.at, now) },
    })),
  };
}

export function refusedOf(refused: readonly Refused[], now: number): RefusedStatus[] {
  return refused.map(({ at, ...each }) => ({ ...each, age: since(at, now) }));
}

/** What connected workers offer. */
interface Offered {
  /** The tasks that they name. */
  readonly handled: Status["handled"];
  /** Tasks that they, or the model, have different hashes of. */
  readonly hashDiffers: readonly HashDifference[];
}

/** The tasks that connected workers name. They are computed again when a session came, went or takes no more. */
export class OfferedTasks {
  readonly #model: ModelHashes | undefined;
  #of: readonly SessionSnapshot[] = [];
  #found: Offered = { handled: [], hashDiffers: [] };

  constructor(model: ModelHashes | undefined) {
    this.#model = model;
  }

  of(sessions: readonly SessionSnapshot[]): Offered {
    const connected = sessions.filter(({ lost }) => !lost);
    const same =
      connected.length === this.#of.length && connected.every((session, index) => isSame(session, this.#of[index]));
    if (!same) {
      this.#of = connected;
      this.#found = offered(connected, this.#model);
    }
    return this.#found;
  }
}

function isSame(session: SessionSnapshot, before: SessionSnapshot | undefined): boolean {
  return session.offers === before?.offers && takesNoMore(session) === takesNoMore(before);
}

function takesNoMore({ draining, drained }: SessionSnapshot): boolean {
  return draining || drained;
}

function offered(connected: readonly SessionSnapshot[], model: ModelHashes | undefined): Offered {
  const byTask = new Map<
    string,
    { application: string; task: string; workers: Map<string, string[]>; closed: Set<string> }
  >();
  for (const session of connected) {
    const { application, worker, offers } = session;
    for (const { name: task, hash } of offers) {
      const key = `${application}\0${task}`;
      const entry = byTask.get(key) ?? {
        application,
        task,
        workers: new Map<string, string[]>(),
        closed: new Set<string>(),
      };
      byTask.set(key, entry);
      if (takesNoMore(session)) entry.closed.add(worker);
      const sameHash = entry.workers.get(hash);
      if (sameHash === undefined) entry.workers.set(hash, [worker]);
      else sameHash.push(worker);
    }
  }
  const handled: Status["handled"][number][] = [];
  const hashDiffers: HashDifference[] = [];
  for (const { application, task, workers, closed } of byTask.values()) {
    const count = new Set([...workers.values()].flat()).size;
    handled.push({ application, task, workers: count, ...(closed.size > 0 && { closed: closed.size }) });
    const own = application === model?.application ? model.byTask.get(task) : undefined;
    const hashes = [...new Set([...(own === undefined ? [] : [own]), ...workers.keys()])];
    if (hashes.length < 2) continue;
    hashDiffers.push({
      application,
      task,
      hashes: hashes.map((hash) => ({ hash, workers: workers.get(hash) ?? [], model: hash === own })),
    });
  }
  return { handled, hashDiffers };
}

function since(at: number, now: number): number {
  return Math.max(0, Math.round(now - at));
}

function until(at: number, now: number): number {
  return Math.max(0, Math.round(at - now));
}
