import type { ActivationRow, ListActivationsAnswer } from "../operations/documents/activations.js";
import type { AuditDocument, AuditLine } from "../operations/documents/audit.js";
import type { EndDocument, EndsDocument } from "../operations/documents/ends.js";
import type { LetterDocument, LetterList } from "../operations/documents/letter.js";
import { parseFilter } from "../operations/filter/parse.js";
import type { ListOf } from "./pages.js";

const STATES = ["processing", "pending", "retry", "failure", "delayed", "parked"];

const NAMES: ReadonlySet<string> = new Set(["app", "ns", "task", "topic"]);

/** In which direction a list goes. */
export type Direction = "oldest" | "newest";

/** Activations in flight that match `q`, as brokers order them. Throws OperationError `bad_filter`. */
export function activationsList(q: string, direction: Direction): ListOf<ListActivationsAnswer, ActivationRow> {
  const byNames = parseFilter(q, "activations").some((term) => term.kind === "text" && NAMES.has(term.key));
  return {
    verb: "ListActivations",
    page: ({ rows, next }) => ({ rows, next: next ?? undefined }),
    totalsOf: ({ total, looked }) => ({ total, looked }),
    idOf: ({ id, state }) => `${state} ${id}`,
    orderOf: ({ state, received, due, application, namespace, task, topic }) => {
      // The states come in one order in either direction.
      const place = direction === "newest" ? -STATES.indexOf(state) : STATES.indexOf(state);
      if (state === "parked" || (state === "delayed" && byNames)) {
        return [place, application, namespace, task, topic, received];
      }
      return [place, state === "delayed" ? (due ?? "") : received];
    },
    descending: direction === "newest",
  };
}

/** Dead letters by when they ended. */
export function lettersList(direction: Direction): ListOf<LetterList, LetterDocument> {
  return {
    verb: "ListLetters",
    page: ({ letters, cursor }) => ({ rows: letters, next: cursor }),
    totalsOf: ({ total, looked }) => ({ total, looked }),
    idOf: ({ place }) => place,
    orderOf: ({ at = "" }) => [at],
    descending: direction === "newest",
  };
}

/** Lines of the audit logs, the newest first. */
export const AUDIT: ListOf<AuditDocument, AuditLine> = {
  verb: "Audit",
  page: ({ lines, next }) => ({ rows: lines, next: next ?? undefined }),
  idOf: (line) => `${line.time} ${line.kind} ${line.kind === "job" ? line.job : line.call}`,
  orderOf: ({ time }) => [time],
  descending: true,
};

/** Recent ends, the newest first. */
export const ENDS: ListOf<EndsDocument, EndDocument> = {
  verb: "ListEnds",
  page: ({ ends, next }) => ({ rows: ends, next: next ?? undefined }),
  idOf: ({ id, at, end }) => `${at} ${id} ${end}`,
  orderOf: ({ at }) => [at],
  descending: true,
};
