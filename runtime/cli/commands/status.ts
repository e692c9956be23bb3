import { status } from "@grpc/grpc-js";
import { Command, Option } from "commander";
import { TaskwireError } from "../../base/errors.js";
import { detailsOf, hintOf, isCallError } from "../../wire/call-error.js";
import { StatusRequest, StatusResponse } from "../../wire/proto/taskwire.js";
import type { Security } from "../../wire/security/security.js";
import { OPERATIONS } from "../../wire/services.js";
import { UnaryClient } from "../../wire/unary-client.js";
import { address, SECURITY_HELP } from "../options.js";
import { statusText } from "../output/status-text.js";
import { securityFromEnvironment } from "../security.js";
import { whenInterrupted } from "../signals.js";

const TIMEOUT_MS = 5000;
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

/** The broker's status document as JSON text. Throws TaskwireError `broker_unreachable` or `broker_refused`. Exported for tests. */
export async function fetchStatus(broker: string, security: Security = securityFromEnvironment()): Promise<string> {
  const client = new UnaryClient(broker, security);
  try {
    const request = Buffer.from(StatusRequest.encode({}).finish());
    return StatusResponse.decode(await client.call(OPERATIONS.Status, request, TIMEOUT_MS)).json;
  } catch (error) {
    if (!isCallError(error)) throw error;
    const hint = hintOf(error, security);
    throw error.code === status.UNAUTHENTICATED
      ? new TaskwireError(
          "broker_refused",
          `the broker at ${broker} rejects the call: ${detailsOf(error, broker)}; ${hint}`,
          {
            cause: error,
          },
        )
      : new TaskwireError(
          "broker_unreachable",
          `no status from the broker at ${broker}: ${detailsOf(error, broker)}; ${hint ?? `is it running? Start one with \`taskwire broker --listen ${broker}\``}`,
          { cause: error },
        );
  } finally {
    client.close();
  }
}
