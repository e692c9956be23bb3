import { ParameterError } from "#runtime/activation/errors.js";
import { parametersOfModel } from "#runtime/activation/parameter/model-parameters.js";
import { exactJson } from "#runtime/base/exact-json.js";
import type {
  ActivationsChange,
  CheckedParameters,
  ControlsChange,
  LettersChange,
  SentDocument,
  WorkersChange,
} from "#runtime/operations/documents/front.js";
import type { Night } from "./answers.js";
import { listActivations, listLetters } from "./lists.js";
import { idOf } from "./night/failures.js";
import { MODEL } from "./night/model.js";

/** The body of a change, as the page sent it. */
export type Sent = Readonly<Record<string, unknown>>;

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

export function changeActivations(night: Night, now: number, verb: string, sent: Sent): ActivationsChange {
  const partial = night.statuses.partial;
  const ids = list(sent.ids);
  if (ids.length > 0) {
    const dryRun = sent.dryRun === true ? ({ dryRun: true } as const) : {};
    return {
      partial,
      outcomes: ids.map((id) => ({ id, outcome: "done" })),
      counts: { done: ids.length },
      ...dryRun,
    };
  }
  if (text(sent.plan) !== "") return { partial, jobs: startJob(night, now, verb, sent) };
  const page = listActivations(night, now, { q: text(sent.q), limit: 1000, cursor: null });
  return {
    partial,
    matched: page.total.count,
    leftOut: {},
    tasks: perTask(page.rows),
    samples: page.rows.slice(0, 5),
    plan: "p_8ZkQ",
  };
}

export function changeLetters(night: Night, now: number, verb: string, sent: Sent): LettersChange {
  const partial = night.statuses.partial;
  const places = list(sent.places);
  const outcome = verb === "replay" ? "replayed" : "purged";
  if (places.length > 0) {
    return {
      partial,
      outcomes: places.map((place, index) => ({
        place,
        outcome,
        ...(verb === "replay" ? { id: idOf("replay", index), topic: place.split("-dlq")[0] ?? "" } : {}),
      })),
      counts: { [outcome]: places.length },
    };
  }
  if (text(sent.plan) !== "") return { partial, jobs: startJob(night, now, verb, sent) };
  const page = listLetters(night, now, { q: text(sent.q), limit: 1000, cursor: null }, "open");
  return {
    partial,
    matched: page.rows.length,
    leftOut: {},
    tasks: perTask(page.rows),
    samples: page.rows.slice(0, 5),
    plan: "p_8ZkQ",
    seconds: Math.ceil(page.rows.length / 100),
  };
}

function startJob(night: Night, now: number, verb: string, sent: Sent) {
  const [first] = night.session.brokers;
  const job = {
    broker: first ?? "",
    id: `j-${105 + night.jobs.jobs.length}`,
    verb: verb === "replay" ? ("ReplayLetters" as const) : ("Cancel" as const),
    state: "running" as const,
    actor: night.session.name,
    filter: text(sent.q),
    reason: text(sent.reason),
    startedAt: new Date(now).toISOString(),
    endedAt: null,
    total: 1,
    matched: 0,
    done: 0,
    asked: 0,
    leftOut: {},
    error: "",
  };
  night.jobs = { ...night.jobs, jobs: [job, ...night.jobs.jobs] };
  return [job];
}

function perTask(rows: readonly { readonly task: string }[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { task } of rows) counts.set(task, (counts.get(task) ?? 0) + 1);
  return Object.fromEntries(counts);
}

export function changeControl(night: Night, now: number, verb: string, sent: Sent): ControlsChange {
  const kind = verb === "kill" ? "kill" : text(sent.kind);
  const known = (["namespace", "task", "topic", "pool", "kill"] as const).find((each) => each === kind);
  return {
    partial: night.statuses.partial,
    brokers: night.statuses.brokers.map(({ broker, status }) => ({
      broker,
      control: {
        id: text(sent.id) || "c-new",
        kind: known ?? "namespace",
        subject: text(sent.subject) || text(sent.task),
        by: night.session.name,
        reason: text(sent.reason),
        since: new Date(now).toISOString(),
        until: text(sent.until) || null,
        source: "person",
        line: null,
        dropped: null,
        reach: "pool",
      },
      done: sent.dryRun !== true,
      concerned: { ...status.counts, tasks: status.tasks.length },
      ...(verb === "kill" ? { drops: { matched: 12, atOnce: 9, lookedAt: 400, of: 400 } } : {}),
      inForce: status.controls.inForce,
      version: status.controls.version,
    })),
  };
}

export function drain(night: Night, worker: string, sent: Sent): WorkersChange {
  return {
    partial: night.statuses.partial,
    brokers: night.statuses.brokers.map(({ broker }) => ({
      broker,
      worker,
      drained: sent.undo !== true,
      done: true,
      processing: 3,
    })),
  };
}

/** The parameters of a task, checked as `.delay()` checks them. */
export function check(task: string, parameters: unknown): CheckedParameters {
  for (const namespace of MODEL.namespaces) {
    const known = namespace.tasks.find(({ name }) => name === task);
    if (known === undefined) continue;
    try {
      parametersOfModel(MODEL, known).fromJson(task, exactJson(text(parameters)));
      return { fit: true };
    } catch (error) {
      if (error instanceof ParameterError) return { fit: false, issues: error.issues };
      throw error;
    }
  }
  return { fit: false, issues: [{ path: "", expected: "a task of the model", found: task }] };
}

export function sent(task: string): SentDocument {
  return { id: idOf("sent", 0), task, topic: "orders" };
}
