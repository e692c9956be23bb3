import { type Command, InvalidArgumentError, Option } from "commander";
import { duration } from "../options.js";

/** How a console is served. */
export interface ConsoleFlags {
  readonly consolePath: string;
  readonly consoleHost: readonly string[];
  readonly consoleRefresh: number;
  readonly consoleProduction: readonly string[];
  readonly consoleUserHeader?: string;
  readonly trustProxy?: boolean;
  readonly traceUrl?: string;
}

const SECOND_MS = 1000;

/** Adds what every command has that serves a console. */
export function consoleOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--console-path <PATH>", "the path at which the console is served").default("/").argParser(prefix),
    )
    .addOption(
      new Option(
        "--console-host <NAME>",
        "a name by which browsers reach the console, besides IP addresses and localhost; repeatable",
      )
        .default([], "none")
        .argParser(hosts),
    )
    .addOption(
      new Option("--console-refresh <DURATION>", "how often pages are refreshed at most")
        .default(SECOND_MS, "1s")
        .argParser(refresh),
    )
    .addOption(
      new Option("--console-production <NAME[,NAME]>", "environments that the console marks as production")
        .default(["production", "prod"], "production,prod")
        .argParser(names),
    )
    .addOption(
      new Option("--trace-url <URL>", "link to a trace, with {trace_id} where its id belongs").argParser(traceUrl),
    )
    .option("--trust-proxy", "a proxy is in front of the console; its X-Forwarded-For and X-Forwarded-Proto are true")
    .addOption(
      new Option(
        "--console-user-header <NAME>",
        "the header in which that proxy names the person, for the audit log; needs --trust-proxy",
      ).argParser(headerName),
    )
    .hook("preAction", (_, acting) => {
      const { consoleUserHeader, trustProxy } = acting.opts<Partial<ConsoleFlags>>();
      if (consoleUserHeader !== undefined && trustProxy !== true)
        acting.error("error: --console-user-header needs --trust-proxy: without a proxy anybody could name himself");
    });
}

export const CONSOLE_HELP = `
Environment of the console:
  TASKWIRE_CONSOLE_TOKENS   JSON list of who may sign in, or @FILE, reloaded on change:
                            [{"name":"ann","role":"view" or "operate","reveal":true,"token":"..."}]
                            Default: a token is made, in console.token of the data folder
`;

/** With a slash at both ends. */
function prefix(value: string): string {
  const path = `/${value.replace(/^\/+|\/+$/g, "")}/`.replace("//", "/");
  if (/^\/([\w.~-]+\/)*$/.test(path) && !path.includes("/./") && !path.includes("/../")) return path;
  throw new InvalidArgumentError(`Expected a path such as /ops, got "${value}".`);
}

function hosts(value: string, before: readonly string[]): readonly string[] {
  if (!/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(value))
    throw new InvalidArgumentError(`Expected a host name without port, such as ops.example.com, got "${value}".`);
  return [...before, value.toLowerCase()];
}

function refresh(value: string): number {
  const milliseconds = duration(value);
  if (milliseconds >= SECOND_MS) return milliseconds;
  throw new InvalidArgumentError(`Expected at least 1s, got "${value}".`);
}

function names(value: string): readonly string[] {
  return value.split(",").map((name) => name.trim());
}

function traceUrl(value: string): string {
  if (/^https?:\/\//.test(value) && value.includes("{trace_id}") && URL.canParse(value)) return value;
  throw new InvalidArgumentError(
    `Expected an http or https address with {trace_id}, such as https://traces.example.com/{trace_id}, got "${value}".`,
  );
}

function headerName(value: string): string {
  if (/^[\w-]+$/.test(value)) return value.toLowerCase();
  throw new InvalidArgumentError(`Expected the name of a header such as X-Auth-Request-Email, got "${value}".`);
}
