import { OperationError } from "../../operations/errors.js";
import type { Caller, EncodedAnswer } from "../../operations/verb.js";
import { roleOf, type VerbName } from "../../operations/verbs.js";
import type { Answer, BrokerPort, Person } from "../port.js";

/** What can be read of dead letters without a broker, of one pool. */
interface LogLetters {
  readonly environment: string;
  readonly pool: string;
  run(verb: VerbName, request: object, caller: Caller): Promise<EncodedAnswer>;
}

const SHOWING: ReadonlySet<VerbName> = new Set(["ListLetters", "LetterGroups", "ShowLetter", "ExportLetters"]);

/** The log of a pool of which no broker answers: its dead letters are shown, and nothing is changed. */
export class LogPort implements BrokerPort {
  readonly letters: LogLetters;
  readonly #caller: Caller;

  constructor(letters: LogLetters, caller: Caller = { actor: "", signal: new AbortController().signal }) {
    this.letters = letters;
    this.#caller = caller;
  }

  /** Answers name it in place of a broker. */
  get address(): string {
    return `the log of pool "${this.letters.pool}"`;
  }

  /** Why nothing can be changed, as a sentence. */
  get why(): string {
    return `no broker of pool "${this.letters.pool}" answers: its dead letters are read from the log, and cannot be replayed, purged or revealed until one is back`;
  }

  async ask<T>(verb: VerbName, request: object): Promise<Answer<T>> {
    if (!SHOWING.has(verb) || roleOf(verb, request) !== "view")
      throw new OperationError("unavailable", "no_broker_answers", this.why);
    const { json, activation } = await this.letters.run(verb, request, this.#caller);
    return { document: JSON.parse(json), activation };
  }

  async status(): Promise<string> {
    throw new OperationError("unavailable", "no_broker_answers", this.why);
  }

  as({ actor, signal }: Person): LogPort {
    return new LogPort(this.letters, { actor, signal });
  }

  close(): void {}
}
