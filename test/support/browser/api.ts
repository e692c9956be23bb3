import type { LetterView, ProblemDocument } from "#runtime/operations/documents/front.js";
import { OperationError } from "#runtime/operations/errors.js";
import { poolsOf } from "#runtime/operations/status/pools.js";
import type { Night } from "./answers.js";
import { changeActivations, changeControl, changeLetters, check, drain, type Sent, sent } from "./changes.js";
import { askedOf, letterGroups, listActivations, listEnds, listErrors, listLetters } from "./lists.js";
import { activationDocument } from "./night/activations.js";
import { letterView } from "./night/letters.js";

interface Call {
  readonly method: string;
  /** Behind /api/v1/, decoded parts. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Sent;
}

export interface Answer {
  readonly status: number;
  readonly body: object;
}

export const problem = (status: number, code: string, message: string): Answer => ({
  status,
  body: { code, message } satisfies ProblemDocument,
});

/** A call that is refused. */
class Refused extends Error {
  readonly answer: Answer;

  constructor(status: number, body: ProblemDocument) {
    super(body.message);
    this.answer = { status, body };
  }
}

/** What the HTTP API answers on this night. */
export function answer(night: Night, now: number, call: Call): Answer {
  try {
    const body = call.method === "GET" ? read(night, now, call) : change(night, now, call);
    if (body === undefined) return problem(404, "not_found", `nothing at ${call.path.join("/")}`);
    return { status: 200, body };
  } catch (error) {
    if (error instanceof Refused) return error.answer;
    if (error instanceof OperationError) return problem(400, error.code, error.message);
    throw error;
  }
}

function read(night: Night, now: number, { path, query }: Call): object | undefined {
  const [noun = "", ...rest] = path;
  const asked = askedOf(query);
  const names = (key: string) => (query.get(key) ?? "").split(",").filter((name) => name !== "");
  if (rest.length > 0) {
    if (noun === "activations") return activation(night, now, rest[0] ?? "");
    if (noun === "dead-letters") return letter(night, now, rest.join("/"));
    return undefined;
  }
  switch (noun) {
    case "session":
      return night.session;
    case "pools":
      return { pools: poolsOf(night.statuses.brokers), partial: night.statuses.partial };
    case "statuses":
      return night.statuses;
    case "problems": {
      const task = query.get("task");
      const concerns = ({ subject }: Night["problems"]["findings"][number]) =>
        task === null || subject.name === task || subject.name === task.split(".")[0];
      return { ...night.problems, findings: night.problems.findings.filter(concerns) };
    }
    case "series":
      return night.series(names("tasks"));
    case "errors":
      return listErrors(night, now, asked);
    case "jobs":
      return night.jobs;
    case "controls":
      return night.controls;
    case "workers":
      return night.workers;
    case "tasks":
      return night.tasks;
    case "schedules":
      return night.schedules;
    case "activations":
      return listActivations(night, now, asked);
    case "ends":
      return listEnds(night, now, asked);
    case "dead-letters":
      return listLetters(night, now, asked, query.get("state") ?? "open");
    case "letter-groups":
      return letterGroups(night, now, asked.q, query.get("state") ?? "open");
    case "audit":
      return night.audit;
    default:
      return undefined;
  }
}

function activation(night: Night, now: number, id: string): object {
  for (let index = 0; index < Math.min(night.activations.length, 50_000); index++) {
    const row = night.activations.row(index);
    if (row.id === id) return activationDocument(now, row, index);
  }
  throw new Refused(404, { code: "unknown_activation", message: `activation ${id.slice(0, 64)} is not in flight` });
}

function letter(night: Night, now: number, place: string): LetterView {
  for (const state of ["open", "replayed", "purged"] as const) {
    for (let index = 0; index < Math.min(night.letters.counts[state], 50_000); index++) {
      const row = night.letters.row(state, index);
      if (row.place === place) return letterView(now, row, index);
    }
  }
  throw new Refused(404, { code: "unknown_letter", message: `there is no dead letter at ${place.slice(0, 120)}` });
}

function change(night: Night, now: number, { method, path, body }: Call): object | undefined {
  const [noun = "", first = "", second = ""] = path;
  const last = path.at(-1) ?? "";
  switch (noun) {
    case "session":
      return method === "DELETE" ? {} : night.session;
    case "activations":
      if (last === "reveal") return activation(night, now, first);
      return changeActivations(night, now, first, body);
    case "dead-letters":
      if (last === "reveal") return letter(night, now, path.slice(1, -1).join("/"));
      if (first === "check") return checked(night, now, body);
      return changeLetters(night, now, first, body);
    case "jobs":
      return cancelJob(night, first);
    case "pause":
    case "resume":
    case "kill":
    case "unkill":
      return changeControl(night, now, noun, body);
    case "workers":
      return drain(night, first, body);
    case "send":
      return send(String(body.task), body.parameters);
    case "schedules":
      return second === "run" ? sent(first) : night.schedules;
    default:
      return undefined;
  }
}

function cancelJob(night: Night, id: string): object {
  const jobs = night.jobs.jobs.map((job) => (job.id === id ? { ...job, state: "cancelling" as const } : job));
  night.jobs = { ...night.jobs, jobs };
  return night.jobs;
}

function checked(night: Night, now: number, { place, parameters }: Sent): object {
  return check(letter(night, now, String(place)).letter.task, parameters);
}

function send(task: string, parameters: unknown): object {
  const outcome = check(task, parameters);
  if (outcome.fit) return sent(task);
  const message = `${task}: the parameters do not fit`;
  throw new Refused(422, { code: "bad_parameters", message, issues: outcome.issues });
}
