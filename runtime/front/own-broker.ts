import { TaskwireError } from "../base/errors.js";
import type { LocalVerbs } from "../operations/verb.js";
import type { VerbName } from "../operations/verbs.js";
import type { Answer, BrokerPort, Person } from "./port.js";

/** The broker of this process, which starts after those that ask it. */
interface Starting {
  readonly address: string;
  /** undefined: it has not started yet. */
  readonly verbs: LocalVerbs | undefined;
}

/** On behalf of nobody in particular: only what all may see. */
const NOBODY: Person = {
  actor: "console",
  address: "",
  signal: new AbortController().signal,
  may: (role) => role === "view",
};

/** Asks the broker of this process. */
export class OwnBroker implements BrokerPort {
  readonly #broker: () => Starting;
  readonly #person: Person;

  constructor(broker: () => Starting, person: Person = NOBODY) {
    this.#broker = broker;
    this.#person = person;
  }

  get address(): string {
    return this.#broker().address;
  }

  async ask<T>(verb: VerbName, request: object): Promise<Answer<T>> {
    const { json, activation } = await this.#verbs().run(verb, request, this.#person);
    return { document: JSON.parse(json), activation };
  }

  async status(): Promise<string> {
    return JSON.stringify(await this.#verbs().status());
  }

  as(person: Person): OwnBroker {
    return new OwnBroker(this.#broker, person);
  }

  close(): void {}

  #verbs(): LocalVerbs {
    const { verbs } = this.#broker();
    if (verbs !== undefined) return verbs;
    throw new TaskwireError("broker_starting", "the broker of this process is starting; retry in a few seconds");
  }
}
