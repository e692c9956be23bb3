import { readFile } from "node:fs/promises";
import type { SASLOptions } from "kafkajs";
import { codeOf, messageOf, TaskwireError } from "../../../base/errors.js";
import { withoutByteOrderMark } from "../../../base/files/byte-order-mark.js";
import type { KafkaCluster } from "../../../model/variables.js";

type Sasl = NonNullable<KafkaCluster["sasl"]>;

/** How long a request for a token may take, milliseconds. */
const TOKEN_MS = 10_000;
/** The share of its lifetime for which a token is used. */
const LIFE_SHARE = 0.8;
/** How much of a server's answer a message quotes, characters. */
const MOST_QUOTED = 300;
const IAM_PACKAGE = "aws-msk-iam-sasl-signer-js";

/** A token for a login cannot be obtained. */
class TokenError extends TaskwireError {
  constructor(problem: string, options?: ErrorOptions) {
    super("kafka_token", problem, options);
  }
}

/** The login for kafkajs. Tokens are requested for each connection, and again when its login is about to expire. */
export function loginOf(sasl: Sasl): SASLOptions {
  if ("username" in sasl) {
    const { mechanism, username, password } = sasl;
    return { mechanism, username, password };
  }
  const token =
    "tokenFile" in sasl ? fromFile(sasl.tokenFile) : "region" in sasl ? fromIam(sasl.region) : fromUrl(sasl);
  return { mechanism: "oauthbearer", oauthBearerProvider: async () => ({ value: await token() }) };
}

/** The login, for messages; without secrets. */
export function describeLogin(sasl: Sasl | undefined): string {
  if (sasl === undefined) return "this login";
  if ("username" in sasl) return `user "${sasl.username}" by ${sasl.mechanism}`;
  if ("tokenFile" in sasl) return `the token in ${sasl.tokenFile} by oauthbearer`;
  if ("region" in sasl) return `this AWS identity by aws-msk-iam in region ${sasl.region}`;
  return `client "${sasl.clientId}" of ${sasl.tokenUrl} by oauthbearer`;
}

function fromFile(file: string): () => Promise<string> {
  return async () => {
    let text: string;
    try {
      text = await readFile(file, "utf8");
    } catch (error) {
      throw new TokenError(
        `sasl.token_file: cannot read "${file}" (${codeOf(error)}); expected the path of a file with a token`,
        { cause: error },
      );
    }
    const token = withoutByteOrderMark(text).trim();
    if (token === "") throw new TokenError(`sasl.token_file: "${file}" is empty; expected a token`);
    return token;
  };
}

function fromUrl({
  tokenUrl,
  clientId,
  clientSecret,
  scope,
}: Extract<Sasl, { tokenUrl: string }>): () => Promise<string> {
  let kept: { readonly token: string; readonly until: number } | undefined;
  return async () => {
    if (kept !== undefined && performance.now() < kept.until) return kept.token;
    const body = new URLSearchParams({ grant_type: "client_credentials", ...(scope === undefined ? {} : { scope }) });
    const user = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    const headers = { authorization: `Basic ${Buffer.from(user).toString("base64")}`, accept: "application/json" };
    const answer = await fetch(tokenUrl, {
      method: "POST",
      body,
      headers,
      signal: AbortSignal.timeout(TOKEN_MS),
    }).catch((error: unknown) => {
      const reason = messageOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
      throw new TokenError(`sasl.token_url: ${tokenUrl} does not answer: ${reason}`, { cause: error });
    });
    const text = await answer.text();
    if (!answer.ok) {
      throw new TokenError(
        `sasl.token_url: ${tokenUrl} refuses client "${clientId}" with status ${answer.status}: ${text.slice(0, MOST_QUOTED)}; check client_id, client_secret and scope`,
      );
    }
    const { token, seconds } = tokenIn(text);
    if (token === undefined) {
      throw new TokenError(`sasl.token_url: ${tokenUrl} answers without an access_token; is it a token endpoint?`);
    }
    kept = { token, until: performance.now() + seconds * 1000 * LIFE_SHARE };
    return token;
  };
}

function tokenIn(text: string): { readonly token: string | undefined; readonly seconds: number } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { token: undefined, seconds: 0 };
  }
  const token: unknown = Reflect.get(Object(answer), "access_token");
  const seconds = Number(Reflect.get(Object(answer), "expires_in") ?? 0);
  return { token: typeof token === "string" ? token : undefined, seconds: Number.isFinite(seconds) ? seconds : 0 };
}

function fromIam(region: string): () => Promise<string> {
  return async () => {
    // Only users of this mechanism install it; bundlers must not look for it.
    const name: string = IAM_PACKAGE;
    let generate: unknown;
    try {
      const found: object = await import(name);
      generate = Reflect.get(found, "generateAuthToken");
    } catch (error) {
      throw new TaskwireError(
        "kafka_package_missing",
        `sasl mechanism "aws-msk-iam" needs the package ${IAM_PACKAGE}, which cannot be loaded (${codeOf(error) || messageOf(error)}); run npm install ${IAM_PACKAGE}`,
        { cause: error },
      );
    }
    if (typeof generate !== "function")
      throw new TokenError(`${IAM_PACKAGE} has no generateAuthToken; install version 1`);
    const made: unknown = await generate({ region });
    const token: unknown = Reflect.get(Object(made), "token");
    if (typeof token !== "string") throw new TokenError(`${IAM_PACKAGE} gave no token for region ${region}`);
    return token;
  };
}
