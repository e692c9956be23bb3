import { status } from "@grpc/grpc-js";
import { TaskwireError } from "../base/errors.js";
import { detailsOf, hintOf, isCallError } from "../wire/call-error.js";
import { StatusRequest, StatusResponse } from "../wire/proto/taskwire.js";
import type { Security } from "../wire/security/security.js";
import { OPERATIONS } from "../wire/services.js";
import { UnaryClient } from "../wire/unary-client.js";
import { securityFromEnvironment } from "./security.js";

const TIMEOUT_MS = 5000;

/** The broker's status document as JSON text. Throws TaskwireError `broker_unreachable` or `broker_refused`. */
export async function fetchStatus(broker: string, security: Security = securityFromEnvironment()): Promise<string> {
  const client = new UnaryClient(broker, security);
  try {
    // An operator without the secret of workers may look, too.
    const signing = security.secrets ?? security.operationSecrets;
    const request = Buffer.from(StatusRequest.encode({}).finish());
    return StatusResponse.decode(await client.call(OPERATIONS.Status, request, TIMEOUT_MS, signing)).json;
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
