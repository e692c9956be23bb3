import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { codeOf, messageOf } from "../../base/errors.js";
import { withoutByteOrderMark } from "../../base/files/byte-order-mark.js";
import { FollowedFiles } from "../../base/files/followed-files.js";
import type { Logger } from "../../base/logger.js";
import { parseTokens, TOKENS_VARIABLE, Tokens, TokensError } from "./tokens.js";

const TOKEN_BYTES = 32;
const TOKEN_FILE = "console.token";
const OWNER_ONLY = 0o600;

/** Where the tokens of a console come from. */
export interface TokenSource {
  readonly tokens: Tokens;
  /** The file that configures them; undefined: the variable has them, or one was made. */
  readonly file: string | undefined;
  /** The token that this process made, and its file; undefined: tokens are configured. */
  readonly made: { readonly token: string; readonly file: string } | undefined;
  /** Stops following the file of tokens. */
  close(): void;
}

/**
 * The tokens in TASKWIRE_CONSOLE_TOKENS, or in the file that it names, which is read again when it changes; undefined when
 * the variable is not set. Throws TokensError.
 */
export function configuredTokens(environment: NodeJS.ProcessEnv, logger: Logger): TokenSource | undefined {
  const value = environment[TOKENS_VARIABLE];
  if (value === undefined) return undefined;
  if (!value.startsWith("@"))
    return { tokens: new Tokens(parseTokens(value)), file: undefined, made: undefined, close: () => {} };
  if (value === "@") throw new TokensError("the file name after @ is missing");
  const file = resolve(value.slice(1));
  const read = () => parseTokens(textOf(file));
  const followed = new FollowedFiles({
    files: [file],
    take: () => tokens.replace(read()),
    taken: (log) => log.info("tokens of the console reloaded", { file, tokens: tokens.all.length }),
    refused: (log, error) =>
      log.error("the file of console tokens cannot be used; the current tokens stay in force", {
        file,
        error: messageOf(error),
      }),
  });
  const tokens = new Tokens(read());
  return { tokens, file, made: undefined, close: followed.watch(logger) };
}

/** The token in the data folder, which is made when it is missing; only its owner may read the file. Throws TokensError. */
export function madeToken(folder: string): TokenSource {
  const file = join(folder, TOKEN_FILE);
  const token = existingToken(file) ?? newToken(file);
  if (!/^[\w-]{43}$/.test(token))
    throw new TokensError(`${file} holds no token of this package; delete it, and a new one is made`);
  const tokens = new Tokens([{ name: "owner", role: "operate", reveal: true, token }]);
  return { tokens, file: undefined, made: { token, file }, close: () => {} };
}

/** undefined: there is no file, or a crash left it empty. */
function existingToken(file: string): string | undefined {
  if (!existsSync(file)) return undefined;
  chmodSync(file, OWNER_ONLY);
  return textOf(file).trim() || undefined;
}

function newToken(file: string): string {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  try {
    writeFileSync(file, `${token}\n`, { mode: OWNER_ONLY });
  } catch (error) {
    throw new TokensError(`cannot write ${file} (${codeOf(error)})`, { cause: error });
  }
  return token;
}

function textOf(file: string): string {
  try {
    return withoutByteOrderMark(readFileSync(file, "utf8"));
  } catch (error) {
    throw new TokensError(`cannot read ${file} (${codeOf(error)})`, { cause: error });
  }
}
