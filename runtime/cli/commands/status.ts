import { Command, Option } from "commander";
import { address, SECURITY_HELP } from "../options.js";
import { statusText } from "../output/status-text.js";
import { whenInterrupted } from "../signals.js";
import { fetchStatus } from "../status-call.js";

/** Columns where there is no terminal to ask. */
const WIDTH = 80;

export function statusCommand(): Command {
  return new Command("status")
    .description("show what is in flight in a broker, by state and task, and what waits without a worker")
    .addOption(new Option("--broker <HOST:PORT>", "the broker").default("127.0.0.1:50051").argParser(address))
    .option("--json", "print the broker's status document as JSON")
    .addHelpText("after", "\nExamples:\n  taskwire status\n  taskwire status --broker 127.0.0.1:50061 --json\n")
    .addHelpText("after", SECURITY_HELP)
    .action(async (flags: { readonly broker: string; readonly json?: boolean }) => {
      whenInterrupted(`stopped before the broker at ${flags.broker} answered`);
      const json = await fetchStatus(flags.broker);
      if (flags.json === true) process.stdout.write(`${json}\n`);
      else process.stdout.write(statusText(JSON.parse(json), process.stdout.columns ?? WIDTH));
    });
}
