import { Command, Option } from "commander";
import { dataFolderFor } from "../../base/files/data-folder.js";
import { Front } from "../../front/front.js";
import { LoopMonitor } from "../../telemetry/event-loop.js";
import { serveProbes } from "../../telemetry/http/probes.js";
import { collectProcess, PROCESS_METRICS } from "../../telemetry/process-metrics.js";
import { openMetrics } from "../../telemetry/registry.js";
import { openInBrowser } from "../console/browser.js";
import { openConsole } from "../console/open.js";
import { CONSOLE_HELP, type ConsoleFlags, consoleOptions } from "../console/options.js";
import {
  address,
  brokersOption,
  dataOption,
  environmentOf,
  environmentOption,
  modelIfAny,
  modelsOf,
  modelsOption,
  SECURITY_HELP,
} from "../options.js";
import { processLogger } from "../output/logger.js";
import { PoolLogs } from "../pool-logs.js";
import { processSecurity } from "../security.js";
import { stopSignal } from "../signals.js";

interface Flags extends ConsoleFlags {
  readonly broker: readonly string[];
  readonly model?: readonly string[];
  readonly env: string;
  readonly data?: string;
  readonly http: string;
  readonly open?: boolean;
}

/** How long a broker may take to answer. */
const PATIENCE_MS = 2000;

export function consoleCommand(): Command {
  const command = new Command("console")
    .description("serve the console of several brokers")
    .addOption(brokersOption())
    .addOption(modelsOption())
    .addOption(
      environmentOption(
        "the environment of the brokers; named here, dead letters are read from its log while none answers",
      ),
    )
    .addOption(
      new Option("--http <HOST:PORT>", "where the console is served, and /healthz, /readyz, /metrics")
        .default("127.0.0.1:50053")
        .argParser(address),
    )
    .addOption(dataOption())
    .option("--open", "open the console in the browser");
  return consoleOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  taskwire console --open\n  taskwire console --broker 10.0.0.1:50051,10.0.0.2:50051 --http 0.0.0.0:50053 --console-host ops.example.com\n",
    )
    .addHelpText("after", SECURITY_HELP)
    .addHelpText("after", CONSOLE_HELP)
    .action(serve);
}

async function serve(flags: Flags, command: Command): Promise<void> {
  const logger = processLogger();
  const stopped = stopSignal();
  const [own, ...others] = flags.model ?? [];
  const model = await modelIfAny(own);
  const models = [...(model === undefined ? [] : [model]), ...(await modelsOf(others))];
  const environment = model === undefined ? undefined : environmentOf(model, flags.env);
  const security = processSecurity(logger);
  const asking = { security, actor: "console", patience: PATIENCE_MS };
  // The default environment may be another one than that of the brokers.
  const isNamed = command.getOptionValueSource("env") !== "default";
  const logs = environment !== undefined && isNamed ? new PoolLogs(async () => environment, flags.data) : undefined;
  const front = Front.connect(flags.broker, asking, logs?.all);
  const console = await openConsole({
    flags,
    http: flags.http,
    front,
    environment: environment?.name ?? null,
    models: () => models,
    dataFolder: () => dataFolderFor("the token of the console, and an embedded log", flags.data),
    embedded: environment?.clusters.some(({ kind }) => kind === "sqlite") === true,
    logger,
  });
  const metrics = await openMetrics(PROCESS_METRICS);
  const loop = new LoopMonitor();
  const probed = {
    readiness: () => ({ ready: true }),
    metrics: () => metrics.scrape((scrape) => collectProcess(loop.look(), scrape)),
  };
  const server = await serveProbes(flags.http, probed, logger, [], console.mount);
  const link = console.link(server.address);
  process.stdout.write(`${link}\n`);
  if (flags.open === true) openInBrowser(console.linkOnce(server.address), logger);
  const signal = await stopped;
  logger.info("console is stopping", { signal });
  await console.close();
  await server.close();
  front.close();
  await logs?.close();
  loop.stop();
  process.exit(0);
}
