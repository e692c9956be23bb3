import { Client, credentials, type ServiceError } from "@grpc/grpc-js";
import { Command, Option } from "commander";
import { TaskwireError } from "../base/errors.js";
import { StatusRequest, StatusResponse } from "../wire/proto/taskwire.js";
import { CHANNEL_OPTIONS, OPERATIONS } from "../wire/services.js";
import { address } from "./options.js";
import { statusText } from "./status-text.js";

const TIMEOUT_MS = 5000;

export function statusCommand(): Command {
  return new Command("status")
    .description("show what a broker holds, by state and task, and what waits without a worker")
    .addOption(new Option("--broker <HOST:PORT>", "the broker").default("127.0.0.1:50051").argParser(address))
    .option("--json", "print the broker's document as JSON")
    .addHelpText("after", "\nExamples:\n  taskwire status\n  taskwire status --broker 127.0.0.1:50061 --json\n")
    .action(async (flags: { readonly broker: string; readonly json?: boolean }) => {
      const json = await fetchStatus(flags.broker);
      if (flags.json === true) process.stdout.write(`${json}\n`);
      else process.stdout.write(statusText(JSON.parse(json)));
    });
}

/** The broker's status document as JSON text. Throws TaskwireError `broker_unreachable`. */
export async function fetchStatus(broker: string): Promise<string> {
  const client = new Client(broker, credentials.createInsecure(), CHANNEL_OPTIONS);
  try {
    const { path, requestSerialize, responseDeserialize } = OPERATIONS.Status;
    const request = Buffer.from(StatusRequest.encode({}).finish());
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        { deadline: Date.now() + TIMEOUT_MS },
        (error: ServiceError | null, value?: Buffer) => {
          if (error === null && value !== undefined) resolve(value);
          else
            reject(
              new TaskwireError(
                "broker_unreachable",
                `no status from the broker at ${broker}: ${error?.details ?? "no answer"}; is it running? Start one with \`taskwire broker --listen ${broker}\``,
                { cause: error },
              ),
            );
        },
      );
    });
    return StatusResponse.decode(answer).json;
  } finally {
    client.close();
  }
}
