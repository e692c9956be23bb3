import type { Status } from "../../operations/status/document.js";
import { type Caller, type EncodedAnswer, encodedAnswer, type Verb } from "../../operations/verb.js";
import { type Role, roleOf } from "../../operations/verbs.js";
import type { VerifiedCall } from "./gate.js";

const LONGEST_ACTOR = 128;

/** What is asked before and around a verb. */
export interface Operations {
  readonly status: () => Promise<Status>;
  readonly verbs: readonly Verb[];
  /** Throws OperationError unless the call may use verbs of the role. */
  admit(role: Role, call: VerifiedCall): void;
  /** The same for a call from this process, whose caller has the role. */
  admitLocal(role: Role): void;
  /** Runs a verb that changes or reveals something, between two lines of the audit log. */
  audited(verb: Verb, role: Role, address: string, request: unknown, caller: Caller): Promise<object>;
}

/** Runs a verb for a caller whom `admit` lets pass, through the audit log unless it only looks. */
export async function runVerb(
  { audited }: Pick<Operations, "audited">,
  verb: Verb,
  request: unknown,
  { actor, signal, address }: Caller & { readonly address: string },
  admit: (role: Role) => void,
): Promise<EncodedAnswer> {
  const caller = { actor: actor.slice(0, LONGEST_ACTOR), signal };
  const role = roleOf(verb.name, request);
  admit(role);
  // Who reads the audit log changes nothing.
  const answered =
    role === "view" || verb.name === "Audit"
      ? await verb.run(request, caller)
      : await audited(verb, role, address, request, caller);
  return encodedAnswer(answered);
}
