/**
 * What an operator asks and does: each verb is one unary method of taskwire.v1.Operations and one path of the HTTP API.
 * `view` only looks; `operate` changes something, is written to the audit log and needs an operation secret where one is
 * configured; `reveal` shows sensitive values and is audited, too.
 */
export type Role = "view" | "operate" | "reveal";

/** The role of each verb. Exported for tests. */
export const VERBS = {
  Problems: "view",
  Series: "view",
  ListActivations: "view",
  ShowActivation: "view",
  Reveal: "reveal",
  Cancel: "operate",
  Promote: "operate",
  Purge: "operate",
  ListEnds: "view",
  Errors: "view",
  Jobs: "view",
  CancelJob: "operate",
  Controls: "view",
  Pause: "operate",
  Resume: "operate",
  Kill: "operate",
  Unkill: "operate",
  Workers: "view",
  Drain: "operate",
  ListLetters: "view",
  LetterGroups: "view",
  ShowLetter: "view",
  ReplayLetters: "operate",
  PurgeLetters: "operate",
  ExportLetters: "view",
  Audit: "operate",
} as const satisfies Readonly<Record<string, Role>>;

export type VerbName = keyof typeof VERBS;

/** The role that a request needs: one that looks and has `reveal: true` shows dead letters in clear. */
export function roleOf(verb: VerbName, request: unknown): Role {
  const role = VERBS[verb];
  const reveals = typeof request === "object" && request !== null && "reveal" in request && request.reveal === true;
  return role === "view" && reveals ? "reveal" : role;
}
