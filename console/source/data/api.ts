import type { ParameterIssue } from "../../../runtime/activation/errors.js";
import { readJson } from "./json.ts";
import { poolFor } from "./pool.ts";
import { ProblemError } from "./problem-error.ts";
import type { Changes, Reads } from "./requests.ts";
import { signedOut } from "./session.ts";

/** How long a call may take, milliseconds: the server gives each broker 2 s. */
const PATIENCE = 20_000;

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The HTTP API. Every call rejects with a ProblemError; a 401 shows the sign-in page at the present address. */
export const api = {
  get<Path extends keyof Reads & string>(path: Path, query: Query = {}, signal?: AbortSignal): Promise<Reads[Path]> {
    return call<Reads[Path]>(
      "GET",
      addressOf(path, { ...query, pool: query.pool ?? poolFor(path) }),
      undefined,
      signal,
    );
  },

  post<Path extends keyof Changes & string>(path: Path, body: Changes[Path][0]): Promise<Changes[Path][1]> {
    return call<Changes[Path][1]>("POST", addressOf(path, { pool: poolFor(path, body) }), body);
  },

  /** Ends the session. */
  signOut(): Promise<unknown> {
    return call("DELETE", addressOf("session"), {});
  },
};

/** The address of a path of the API, below the <base> of the page. */
export function addressOf(path: string, query: Query = {}): string {
  const address = new URL(`api/v1/${path}`, document.baseURI);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") address.searchParams.set(name, String(value));
  return address.href;
}

async function call<Document>(method: string, address: string, body?: object, signal?: AbortSignal): Promise<Document> {
  const patience = AbortSignal.timeout(PATIENCE);
  let response: Response;
  let text: string;
  try {
    response = await fetch(address, {
      method,
      signal: signal === undefined ? patience : AbortSignal.any([patience, signal]),
      credentials: "same-origin",
      cache: "no-store",
      headers: {
        accept: "application/json",
        ...(body === undefined ? {} : { "content-type": "application/json", "taskwire-console": "1" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body, digits) }),
    });
    text = await response.text();
  } catch (error) {
    const late = patience.aborted ? `did not answer within ${PATIENCE / 1000} s` : "cannot be reached";
    throw new ProblemError(`the server of this page ${late}`, { status: 0, code: "unreachable" }, { cause: error });
  }
  // A wrong token is the sign-in page's to say.
  if (response.status === 401 && !(method === "POST" && address === addressOf("session"))) signedOut();
  if (!response.ok) throw refusalOf(response.status, text);
  return documentOf<Document>(response.status, text);
}

/** Integers beyond 2^53 are sent as strings of digits, as the API has them. */
function digits(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** The page and its server are of one build, so a document is what its path says; anything else is an error of the server. */
function documentOf<Document>(status: number, text: string): Document {
  try {
    return readJson(text === "" ? "null" : text) as Document;
  } catch (error) {
    const message = `expected JSON from the server, got ${JSON.stringify(text.slice(0, 80))}`;
    throw new ProblemError(message, { status, code: "bad_answer" }, { cause: error });
  }
}

function refusalOf(status: number, text: string): ProblemError {
  let body: unknown;
  try {
    body = readJson(text);
  } catch {
    // A proxy answered: its text is not ours to show.
    return new ProblemError(`the server answered ${status}`, { status, code: "bad_answer" });
  }
  const facts = typeof body === "object" && body !== null ? body : {};
  const { code, message, field, issues } = facts as Partial<Record<string, unknown>>;
  return new ProblemError(typeof message === "string" ? message : `the server answered ${status}`, {
    status,
    code: typeof code === "string" ? code : "bad_answer",
    field: typeof field === "string" ? field : undefined,
    issues: Array.isArray(issues) ? issues.filter(isIssue) : [],
  });
}

function isIssue(value: unknown): value is ParameterIssue {
  return typeof value === "object" && value !== null && "path" in value && "expected" in value && "found" in value;
}
