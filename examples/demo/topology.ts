import { STORE_VARIABLE } from "../sampling/process-ports.js";
import { WEBHOOK_VARIABLE } from "../webhook.js";
import type { DemoConsole } from "./console.js";
import type { Paths } from "./paths.js";
import { CliProcess } from "./processes.js";

const CONCURRENCY = 8;
const ENVIRONMENT = "local";

interface TopologyOptions {
  readonly paths: Paths;
  /** The data folder of both. */
  readonly data: string;
  /** HOST:PORT on which the broker listens. */
  readonly broker: string;
  /** HOST:PORT of its HTTP services. */
  readonly http: string;
  /** Served by the broker. Default: none. */
  readonly console?: DemoConsole | undefined;
  /** Path of the database with volumes and rates. */
  readonly store: string;
  /** Where webhooks are posted. */
  readonly webhook: string;
}

export function startBrokerProcess({
  paths,
  data,
  broker,
  http,
  console,
}: Pick<TopologyOptions, "paths" | "data" | "broker" | "http" | "console">): CliProcess {
  return new CliProcess({
    name: "broker",
    cli: paths.cli,
    arguments: [
      "broker",
      "--model",
      paths.model,
      "--env",
      ENVIRONMENT,
      "--pool",
      "default",
      "--listen",
      broker,
      "--http",
      http,
      "--data",
      data,
      ...(console === undefined ? [] : ["--console"]),
    ],
    environment: console?.environment ?? {},
    workingDirectory: paths.root,
    readyMessage: "broker is ready",
  });
}

export function startWorkerProcess({
  paths,
  data,
  broker,
  store,
  webhook,
}: Omit<TopologyOptions, "http" | "console">): CliProcess {
  return new CliProcess({
    name: "worker",
    cli: paths.cli,
    arguments: [
      "worker",
      ...["--handlers", paths.handlers],
      ...["--broker", broker],
      ...["--concurrency", String(CONCURRENCY)],
      ...["--isolation", "process"],
      ...["--env", ENVIRONMENT],
      ...["--data", data],
    ],
    environment: { [STORE_VARIABLE]: store, [WEBHOOK_VARIABLE]: webhook },
    workingDirectory: paths.root,
    readyMessage: "worker is ready",
  });
}
