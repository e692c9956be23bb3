import { createHash, createSecretKey, type KeyObject } from "node:crypto";
import { TaskwireError } from "../../base/errors.js";

/** The variable with the RPC secrets of a process. */
export const SECRETS_VARIABLE = "TASKWIRE_SECRETS";
/** The variable with the secrets of operators: where it is set, only their calls may change something. */
export const OPERATION_SECRETS_VARIABLE = "TASKWIRE_OPERATION_SECRETS";

const EXPECTED =
  'a JSON list of strings such as ["new","old"] (the first one signs), or @FILE, a file with such a list';

/** The secrets are misconfigured. The message never contains the value found. */
export class SecretsError extends TaskwireError {
  constructor(problem: string, variable = SECRETS_VARIABLE, options?: ErrorOptions) {
    super("bad_secrets", `${variable}: ${problem}; expected ${EXPECTED}`, options);
  }
}

/** A secret that cannot be printed by accident. */
export interface Secret {
  readonly key: KeyObject;
  /** Identifies the secret within this process: hex of a hash. */
  readonly fingerprint: string;
}

/** The RPC secrets of a process, never empty: the first signs, every one verifies. */
export class Secrets {
  readonly #variable: string;
  #all: readonly Secret[];
  readonly #listeners = new Set<() => void>();

  /** `variable` is named by errors. */
  constructor(all: readonly string[], variable = SECRETS_VARIABLE) {
    this.#variable = variable;
    this.#all = secretsOf(all, variable);
  }

  get signing(): Secret {
    const [first] = this.#all;
    if (first === undefined) throw new SecretsError("the list is empty", this.#variable);
    return first;
  }

  get all(): readonly Secret[] {
    return this.#all;
  }

  has(fingerprint: string): boolean {
    return this.#all.some((secret) => secret.fingerprint === fingerprint);
  }

  /** Replaces the secrets and notifies listeners. Throws SecretsError, and changes nothing, for an empty list or string. */
  replace(all: readonly string[]): void {
    this.#all = secretsOf(all, this.#variable);
    for (const listener of this.#listeners) listener();
  }

  /** Returns a function that removes the listener. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Reads a JSON list of non-empty strings. Throws SecretsError. */
export function parseSecrets(text: string, variable = SECRETS_VARIABLE): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the secrets.
    throw new SecretsError("it is not JSON", variable);
  }
  if (!Array.isArray(value)) throw new SecretsError("it is not a list", variable);
  const strings = value.filter((each): each is string => typeof each === "string");
  if (strings.length !== value.length)
    throw new SecretsError("the list contains something that is not a string", variable);
  secretsOf(strings, variable);
  return strings;
}

function secretsOf(all: readonly string[], variable: string): Secret[] {
  if (all.length === 0) throw new SecretsError("the list is empty", variable);
  return all.map((value) => {
    if (value === "") throw new SecretsError("the list contains an empty string", variable);
    const bytes = Buffer.from(value, "utf8");
    return { key: createSecretKey(bytes), fingerprint: createHash("sha256").update(bytes).digest("hex") };
  });
}
