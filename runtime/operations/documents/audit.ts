import type { Role, VerbName } from "../verbs.js";

/**
 * One line of the audit log. `intent` is on disk before the verb acts; `result` has the same `call`; `job` is the end of bulk
 * work. An intent without a result: the broker was killed, or is at work.
 */
export type AuditLine = AuditIntent | AuditResult | AuditJob;

interface AuditFacts {
  /** ISO 8601. */
  readonly time: string;
  readonly pool: string;
  readonly verb: VerbName;
  /** The person, as the calling process names them. */
  readonly actor: string;
}

interface AuditIntent extends AuditFacts {
  readonly kind: "intent";
  readonly call: string;
  readonly role: Role;
  /** Address and port of the caller. */
  readonly address: string;
  readonly reason: string;
  /** What was asked: filter, ids and switches. Never the values of parameters. */
  readonly request: Readonly<Record<string, unknown>>;
}

interface AuditResult extends AuditFacts {
  readonly kind: "result";
  readonly call: string;
  /** The numbers and switches of the answer; empty when it was refused. */
  readonly counts: Readonly<Record<string, unknown>>;
  /** Why the verb was refused or failed; absent: it was carried out. */
  readonly refused?: { readonly code: string; readonly message: string };
}

interface AuditJob extends AuditFacts {
  readonly kind: "job";
  readonly job: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, unknown>>;
}

/** The answer of Audit: the newest line first. */
export interface AuditDocument {
  readonly lines: readonly AuditLine[];
  /** The cursor of older lines; null: there are none. */
  readonly next: string | null;
}
