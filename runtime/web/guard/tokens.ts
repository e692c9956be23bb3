import { createHash, createHmac } from "node:crypto";
import { TaskwireError } from "../../base/errors.js";

/** The variable with the tokens of a console. */
export const TOKENS_VARIABLE = "TASKWIRE_CONSOLE_TOKENS";

const SHORTEST_TOKEN = 24;
const LONGEST_TOKEN = 512;
const LONGEST_NAME = 64;
const MOST_TOKENS = 1000;
const KEYS: ReadonlySet<string> = new Set(["name", "role", "reveal", "token"]);
const EXPECTED =
  'a JSON list such as [{"name":"ann","role":"operate","reveal":true,"token":"..."}], or @FILE, a file with such a list';

/** The tokens are misconfigured. The message never contains a token. */
export class TokensError extends TaskwireError {
  constructor(problem: string, options?: ErrorOptions) {
    super("bad_console_tokens", `${TOKENS_VARIABLE}: ${problem}; expected ${EXPECTED}`, options);
  }
}

/** A token as it is configured. */
interface TokenEntry {
  readonly name: string;
  readonly role: "view" | "operate";
  readonly reveal: boolean;
  readonly token: string;
}

/** A token that cannot be printed by accident. */
export interface Token extends Omit<TokenEntry, "token"> {
  /** Identifies the token, its name and its rights; hex of a hash. */
  readonly id: string;
  /** Signs with the token. */
  sign(text: string): Buffer;
}

/** Who may use a console. */
export class Tokens {
  #byHash: ReadonlyMap<string, Token>;
  #byId: ReadonlyMap<string, Token>;
  readonly #listeners = new Set<() => void>();

  constructor(entries: readonly TokenEntry[]) {
    [this.#byHash, this.#byId] = indexed(entries);
  }

  get all(): readonly Token[] {
    return [...this.#byId.values()];
  }

  /** Tokens are found by their hash: how long it takes says nothing about them. */
  find(token: string): Token | undefined {
    return this.#byHash.get(hashOf(token));
  }

  /** undefined: it was removed, or its name or rights have changed. */
  byId(id: string): Token | undefined {
    return this.#byId.get(id);
  }

  /** Replaces the tokens and notifies listeners. */
  replace(entries: readonly TokenEntry[]): void {
    [this.#byHash, this.#byId] = indexed(entries);
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }
}

/** Reads a JSON list of tokens. Throws TokensError. */
export function parseTokens(text: string): readonly TokenEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's message would quote the tokens.
    throw new TokensError("it is not JSON");
  }
  if (!Array.isArray(value)) throw new TokensError("it is not a list");
  if (value.length === 0 || value.length > MOST_TOKENS)
    throw new TokensError(`the list has ${value.length} entries, expected 1 to ${MOST_TOKENS}`);
  const entries = value.map((each: unknown, index) => entryOf(each, `entry ${index + 1}`));
  if (new Set(entries.map(({ token }) => token)).size < entries.length)
    throw new TokensError("two entries have the same token");
  return entries;
}

function entryOf(value: unknown, where: string): TokenEntry {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TokensError(`${where} is not an object`);
  const fields = new Map<string, unknown>(Object.entries(value));
  for (const key of fields.keys())
    if (!KEYS.has(key)) throw new TokensError(`${where} has an unknown key; known: ${[...KEYS].join(", ")}`);
  const name = fields.get("name");
  if (typeof name !== "string" || !/^[^\p{Cc}\p{Cf}]+$/u.test(name) || name.length > LONGEST_NAME)
    throw new TokensError(`${where}: name has to be a string of 1 to ${LONGEST_NAME} printable characters`);
  const role = fields.get("role");
  if (role !== "view" && role !== "operate") throw new TokensError(`${where}: role has to be "view" or "operate"`);
  const reveal = fields.get("reveal") ?? false;
  if (typeof reveal !== "boolean") throw new TokensError(`${where}: reveal has to be true or false`);
  const token = fields.get("token");
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    throw new TokensError(`${where}: token has to be a string of ASCII characters without spaces`);
  if (token.length < SHORTEST_TOKEN || token.length > LONGEST_TOKEN)
    throw new TokensError(`${where}: token has to have ${SHORTEST_TOKEN} to ${LONGEST_TOKEN} characters`);
  return { name, role, reveal, token };
}

function indexed(entries: readonly TokenEntry[]): [ReadonlyMap<string, Token>, ReadonlyMap<string, Token>] {
  const tokens = entries.map((entry): [string, Token] => {
    const { name, role, reveal, token } = entry;
    const hash = hashOf(token);
    const id = hashOf(JSON.stringify([hash, name, role, reveal])).slice(0, 32);
    return [hash, { name, role, reveal, id, sign: (text) => createHmac("sha256", token).update(text).digest() }];
  });
  return [new Map(tokens), new Map(tokens.map(([, token]) => [token.id, token]))];
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
