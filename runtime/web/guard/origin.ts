import { isIP } from "node:net";
import { HttpProblem } from "../problem.js";

const HEADER = "taskwire-console";

/**
 * Refuses requests whose Host is a name that this console does not know: a page of another site whose name is made to point
 * here (DNS rebinding) sends its own name. Throws HttpProblem.
 */
export function checkHost({ headers }: Request, hosts: ReadonlySet<string>): void {
  const host = headers.get("host") ?? "";
  const name = nameOf(host);
  if (name === undefined) throw new HttpProblem(400, "bad_host", "the request names no host");
  if (isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0) return;
  if (name === "localhost" || name.endsWith(".localhost") || hosts.has(name)) return;
  throw new HttpProblem(
    403,
    "bad_host",
    `the console does not answer to the host "${name.slice(0, 64)}"; open it by its IP address or as localhost, or start it with --console-host ${/^[\w.-]{1,64}$/.test(name) ? name : "NAME"}`,
  );
}

/** Refuses requests that a browser says another site has sent. Throws HttpProblem. */
export function checkSite({ headers }: Request, changes: boolean): void {
  const site = headers.get("sec-fetch-site");
  // Typed into the address bar: "none".
  if (site !== null && site !== "same-origin" && (changes || site !== "none")) throw foreign();
  const origin = headers.get("origin");
  if (origin !== null && hostOf(origin) !== headers.get("host")?.toLowerCase()) throw foreign();
}

/** Refuses changes that no page of this console has sent: forms of other sites can set neither. Throws HttpProblem. */
export function checkPage({ headers, method }: Request): void {
  if (headers.get(HEADER) !== "1")
    throw new HttpProblem(403, "no_console_header", `changes with a cookie need the header "${HEADER}: 1"`);
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (method === "POST" && type !== "application/json")
    throw new HttpProblem(415, "not_json", "the body: expected content-type application/json");
}

function foreign(): HttpProblem {
  return new HttpProblem(
    403,
    "foreign_origin",
    "another site has sent this request; a proxy in front of the console has to pass the header Host on as it is",
  );
}

/** The name in a Host header, in lower case; undefined: it is none. */
function nameOf(host: string): string | undefined {
  const [, name] = /^(\[[0-9a-f:.]+\]|[^\s:/?#@[\]]+)(?::\d{1,5})?$/i.exec(host) ?? [];
  return name?.toLowerCase().replace(/\.$/, "");
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
