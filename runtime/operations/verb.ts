import type { VerbName } from "./verbs.js";

/** Who calls. `actor`: the person as the calling process names them; a label, not a proof. */
interface Caller {
  readonly actor: string;
  /** Aborts when the caller has gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** One verb as a broker implements it. */
export interface Verb {
  readonly name: VerbName;
  /**
   * Resolves with the answer's document when everything it changed is durable. Rejects with OperationError when the request
   * is wrong (`bad_request`) or is refused.
   */
  run(request: unknown, caller: Caller): Promise<object>;
}
