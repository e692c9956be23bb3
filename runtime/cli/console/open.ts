import { type Clock, systemClock } from "../../base/clock.js";
import { TaskwireError } from "../../base/errors.js";
import type { Logger } from "../../base/logger.js";
import type { Front } from "../../front/front.js";
import type { Model } from "../../model/model.js";
import type { SessionDocument } from "../../operations/documents/front.js";
import type { Mount } from "../../telemetry/http/mount.js";
import type { TokenSource } from "../../web/guard/token-source.js";
import { isLoopback } from "../../wire/server/server.js";
import type { ConsoleFlags } from "./options.js";

interface Serving {
  readonly flags: ConsoleFlags;
  /** HOST:PORT of the port, as it was given. */
  readonly http: string;
  readonly front: Front;
  /** null: no model says which one. */
  readonly environment: string | null;
  models(): readonly Model[];
  /** The data folder; called when a token has to be made, or the environment is embedded. */
  dataFolder(): string;
  /** Whether a log of the environment is in the data folder. */
  readonly embedded: boolean;
  /** The status of the broker of this process, as JSON. */
  readonly status?: () => Promise<string>;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A console that is served by somebody's HTTP port. */
export interface OpenConsole {
  readonly mount: Mount;
  /** The file with the token that was made for it; undefined: tokens are configured. */
  readonly tokenFile: string | undefined;
  /** Its address, without a token. */
  url(httpAddress: string): string;
  /** The address that signs in by itself; the same as url() when tokens are configured. */
  link(httpAddress: string): string;
  /** The same for the command line of a browser: it signs in once, within a minute. */
  linkOnce(httpAddress: string): string;
  close(): Promise<void>;
}

/** Opens a console. Rejects with TaskwireError `bad_console_tokens` and `console_needs_tokens`. */
export async function openConsole(serving: Serving): Promise<OpenConsole> {
  const { flags, http, front, environment, models, status, logger, clock = systemClock() } = serving;
  const source = await tokensOf(serving);
  const { consoleMount } = await import("../../web/console.js");
  const mount = consoleMount({
    context: {
      options: {
        prefix: flags.consolePath,
        environment,
        production: environment !== null && flags.consoleProduction.includes(environment),
        dataFolder: serving.embedded ? serving.dataFolder() : undefined,
        refresh: flags.consoleRefresh,
        traceUrl: flags.traceUrl ?? null,
      },
      front,
      models,
      sends: () => sendsOf(serving),
      logger,
    },
    guard: {
      tokens: source.tokens,
      hosts: new Set(flags.consoleHost),
      trustProxy: flags.trustProxy === true,
      userHeader: flags.consoleUserHeader,
      clock,
    },
    clock,
    ...(status === undefined ? {} : { status }),
  });
  if (!isLoopback(http) && flags.trustProxy !== true)
    logger.warn("the console is served without TLS beyond this machine: put a proxy with TLS in front of it", { http });
  const { made } = source;
  const url = (address: string) => `http://${address}${flags.consolePath}`;
  return {
    mount,
    tokenFile: made?.file,
    url,
    link: (address) => (made === undefined ? url(address) : `${url(address)}#token=${made.token}`),
    linkOnce: (address) =>
      made === undefined ? url(address) : `${url(address)}#token=${mount.oneTimeCode(made.token)}`,
    close: async () => {
      source.close();
      await mount.close();
    },
  };
}

function sendsOf({ environment, models, status }: Serving): SessionDocument["sends"] {
  if (environment === null)
    return { possible: false, why: "the console has no model; start it with --model FILE and --env NAME" };
  const clusters = models()[0]?.environments.find(({ name }) => name === environment)?.clusters ?? [];
  const elsewhere = clusters.find(({ kind }) => kind === "memory");
  // A log in memory is shared within a process.
  if (elsewhere === undefined || status !== undefined) return { possible: true };
  return { possible: false, why: `cluster "${elsewhere.name}" is in the memory of another process` };
}

async function tokensOf({ http, dataFolder, logger }: Serving): Promise<TokenSource> {
  const { configuredTokens, madeToken } = await import("../../web/guard/token-source.js");
  const configured = configuredTokens(process.env, logger);
  if (configured !== undefined) return configured;
  if (isLoopback(http)) return madeToken(dataFolder());
  throw new TaskwireError(
    "console_needs_tokens",
    `the console would be reachable beyond this machine at ${http}: set TASKWIRE_CONSOLE_TOKENS, a JSON list of who may sign in, or @FILE; or serve it on 127.0.0.1`,
  );
}
