import { randomBytes } from "node:crypto";
import type { VerbName } from "#runtime/operations/verbs.js";
import { OperationRequest, OperationResponse } from "#runtime/wire/proto/taskwire.js";
import { operation } from "#runtime/wire/services.js";
import type { ConsumerClient } from "./consumer-client.js";

/** The refusal of a verb, as the details of its status say it. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, details: string) {
    const { code, message, field } = JSON.parse(details);
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** Calls a verb of the broker; T is what its answer's document is known to be. Rejects with Refusal. */
export async function callVerb<T>(
  client: ConsumerClient,
  verb: VerbName,
  request: object,
): Promise<{ readonly document: T; readonly activation: Uint8Array }> {
  const once = { at: BigInt(Date.now()), nonce: randomBytes(16) };
  const body = OperationRequest.encode({ json: JSON.stringify(request), actor: "a test", ...once }).finish();
  try {
    const { json, activation } = OperationResponse.decode(await client.call(operation(verb), body));
    return { document: JSON.parse(json), activation };
  } catch (error) {
    if (error instanceof Error && "details" in error && "code" in error && String(error.details).startsWith("{")) {
      throw new Refusal(Number(error.code), String(error.details));
    }
    throw error;
  }
}
