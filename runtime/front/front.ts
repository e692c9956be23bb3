import { TaskwireError } from "../base/errors.js";
import { OperationError } from "../operations/errors.js";
import type { Status } from "../operations/status/document.js";
import { type Role, roleOf, type VerbName } from "../operations/verbs.js";
import { BrokerClient, type CallOptions } from "./broker.js";
import type { LogPort } from "./letters/log-port.js";
import type { Answer, BrokerPort, Person } from "./port.js";
import type { Refused } from "./refusal.js";
import { statusOf } from "./status.js";

/** What one broker answered. */
export interface Answered<T> extends Answer<T> {
  readonly broker: string;
}

/** A broker that did not answer, or refused. */
export interface Missing {
  readonly broker: string;
  readonly error: TaskwireError;
}

/** The answers of several brokers to one verb. */
export interface Asked<T> {
  /** In the order of the brokers. */
  readonly answers: readonly Answered<T>[];
  /** Brokers that are silent or too old: what the answers say is not all there is. */
  readonly partial: readonly Missing[];
  /** Brokers that refused, while others did not. */
  readonly refused: readonly Refused[];
}

/** The logs of the pools that a process knows; asked for when a broker is silent. */
type Logs = () => Promise<readonly LogPort[]>;

/** Asks the brokers of a system, all at once. One that is silent is named, and does not hold up the others. */
export class Front {
  readonly #clients: readonly BrokerPort[];
  readonly #person: Person | undefined;
  readonly #logs: Logs | undefined;

  /**
   * `person`: on whose behalf it asks; what they may not do is refused here. Default: whoever runs this process. `logs`: where
   * dead letters are read when no broker of their pool answers. Default: nowhere.
   */
  constructor(clients: readonly BrokerPort[], person?: Person, logs?: Logs) {
    this.#clients = clients;
    this.#person = person;
    this.#logs = logs;
  }

  static connect(brokers: readonly string[], options: CallOptions, logs?: Logs): Front {
    const clients = [...new Set(brokers)].map((address) => new BrokerClient(address, options));
    return new Front(clients, undefined, logs);
  }

  /** Whether it can read logs. */
  get hasLogs(): boolean {
    return this.#logs !== undefined;
  }

  /** The logs of the pools that it knows. */
  async logs(): Promise<readonly LogPort[]> {
    const logs = (await this.#logs?.()) ?? [];
    const person = this.#person;
    return person === undefined ? logs : logs.map((log) => log.as(person));
  }

  /** The same connections, for some of the brokers, and logs in place of further ones. */
  with(brokers: readonly string[], logs: readonly LogPort[]): Front {
    return new Front([...this.#clients.filter(({ address }) => brokers.includes(address)), ...logs], this.#person);
  }

  /** The same connections, for some of the brokers. */
  only(brokers: readonly string[]): Front {
    return new Front(
      this.#clients.filter(({ address }) => brokers.includes(address)),
      this.#person,
      this.#logs,
    );
  }

  /** As only(), with ports in place of further brokers, and only logs of one pool. */
  narrowed(brokers: readonly string[], ports: readonly BrokerPort[], isIn: (log: LogPort) => boolean): Front {
    const logs = this.#logs;
    return new Front(
      [...this.#clients.filter(({ address }) => brokers.includes(address)), ...ports],
      this.#person,
      logs === undefined ? undefined : async () => (await logs()).filter(isIn),
    );
  }

  /** The same connections, on behalf of a person. */
  as(person: Person): Front {
    return new Front(
      this.#clients.map((client) => client.as(person)),
      person,
      this.#logs,
    );
  }

  get brokers(): readonly string[] {
    return this.#clients.map(({ address }) => address);
  }

  /**
   * Asks every broker, or those for which `request` is not undefined. Rejects when none answers: with a refusal if there is
   * one, else with the first error. Throws OperationError `role_refused`.
   */
  async ask<T>(verb: VerbName, request: object | ((broker: string) => object | undefined)): Promise<Asked<T>> {
    const asked = this.#clients.flatMap((client) => {
      const own = typeof request === "function" ? request(client.address) : request;
      return own === undefined ? [] : [{ client, own }];
    });
    for (const role of new Set([roleOf(verb, {}), ...asked.map(({ own }) => roleOf(verb, own))]))
      if (this.#person?.may(role) === false) throw roleRefused(role);
    return orThrow(await gathered(asked.map(({ client, own }) => [client.address, client.ask<T>(verb, own)] as const)));
  }

  /** The status document of every broker. Rejects as ask(). */
  async statuses(): Promise<Asked<Status>> {
    return orThrow(await this.look());
  }

  /** As statuses(), but without answers when no broker gives one. */
  async look(): Promise<Asked<Status>> {
    const document = async (client: BrokerPort): Promise<Answer<Status>> => ({
      document: statusOf(await client.status(), client.address),
      activation: new Uint8Array(),
    });
    return gathered(this.#clients.map((client) => [client.address, document(client)] as const));
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

/** The refusal of what a person's role does not allow. */
export function roleRefused(role: Role): OperationError {
  const lacks = role === "reveal" ? "sensitive values are covered for you" : "you may look, but not change anything";
  return new OperationError("forbidden", "role_refused", `${lacks}: your token lacks the right "${role}"`);
}

async function gathered<T>(asked: readonly (readonly [string, Promise<Answer<T>>])[]): Promise<Asked<T>> {
  const answers: Answered<T>[] = [];
  const partial: Missing[] = [];
  const refused: Refused[] = [];
  const settled = await Promise.allSettled(asked.map(([, answer]) => answer));
  for (const [index, result] of settled.entries()) {
    const broker = asked[index]?.[0] ?? "";
    if (result.status === "fulfilled") answers.push({ broker, ...result.value });
    else if (result.reason instanceof OperationError) refused.push({ broker, error: result.reason });
    else if (result.reason instanceof TaskwireError) partial.push({ broker, error: result.reason });
    else throw result.reason;
  }
  return { answers, partial, refused };
}

/** Throws when nobody answered: a refusal if there is one, else the first error. */
export function orThrow<T>(asked: Asked<T>): Asked<T> {
  const { answers, partial, refused } = asked;
  if (answers.length > 0) return asked;
  // "Not there" says less than any other refusal.
  const [refusal] = refused.filter(({ error }) => error.kind !== "not_found");
  if (refusal !== undefined) throw refusal.error;
  const [absence] = refused;
  if (absence !== undefined) throw partial.length === 0 ? absence.error : absentButFor(absence.error, partial);
  throw partial[0]?.error ?? new TaskwireError("no_broker", "no broker is named; pass --broker HOST:PORT");
}

/** What no broker has that answered: a silent one may have it. */
function absentButFor({ kind, code, message, field }: OperationError, partial: readonly Missing[]): OperationError {
  const silent = partial.map(({ broker }) => broker).join(", ");
  const options = field === undefined ? {} : { field };
  return new OperationError(kind, code, `${message}; ${silent} did not answer, and may have it`, options);
}
