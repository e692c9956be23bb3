import type { Status } from "./status/document.js";
import type { Role, VerbName } from "./verbs.js";

/** Who calls. `actor`: the person as the calling process names them; a label, not a proof. */
export interface Caller {
  readonly actor: string;
  /** Aborts when the caller has gone or its deadline has passed. */
  readonly signal: AbortSignal;
}

/** An answer with the bytes of an encoded activation beside its document. */
export class WithActivation {
  readonly document: object;
  readonly activation: Uint8Array;

  constructor(document: object, activation: Uint8Array) {
    this.document = document;
    this.activation = activation;
  }
}

/** One verb as a broker implements it. */
export interface Verb {
  readonly name: VerbName;
  /**
   * Resolves with the answer's document, or WithActivation, when everything it changed is durable. Rejects with
   * OperationError when the request is wrong (`bad_request`) or is refused.
   */
  run(request: unknown, caller: Caller): Promise<object>;
}

/** Who calls from this process, on behalf of somebody elsewhere. */
interface LocalCaller extends Caller {
  /** Where they are, for the audit log. */
  readonly address: string;
  may(role: Role): boolean;
}

/** An answer as it is sent. */
export interface EncodedAnswer {
  /** The document. */
  readonly json: string;
  readonly activation: Uint8Array;
}

export function encodedAnswer(answered: object): EncodedAnswer {
  const { document, activation } =
    answered instanceof WithActivation ? answered : { document: answered, activation: new Uint8Array() };
  return { json: JSON.stringify(document), activation };
}

/** The verbs of a broker in this process: the same as over gRPC, without signatures. */
export interface LocalVerbs {
  /** Rejects with OperationError when it is refused, or beyond what the caller may do. */
  run(verb: VerbName, request: object, caller: LocalCaller): Promise<EncodedAnswer>;
  status(): Promise<Status>;
}
