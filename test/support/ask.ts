import { randomBytes } from "node:crypto";
import type { LetterList } from "#runtime/operations/documents/letter.js";
import type { VerbName } from "#runtime/operations/verbs.js";
import { OperationRequest, OperationResponse } from "#runtime/wire/proto/taskwire.js";
import { operation } from "#runtime/wire/services.js";
import { UnaryClient } from "#runtime/wire/unary-client.js";

const TIMEOUT_MS = 20_000;

/** The document that a broker answers to an operator. Rejects with grpc-js's ServiceError. */
export async function ask(address: string, verb: VerbName, request: object, actor = "ann"): Promise<object> {
  const client = new UnaryClient(address, {});
  try {
    const once = { at: BigInt(Date.now()), nonce: randomBytes(16) };
    const body = Buffer.from(OperationRequest.encode({ json: JSON.stringify(request), actor, ...once }).finish());
    return Object(JSON.parse(OperationResponse.decode(await client.call(operation(verb), body, TIMEOUT_MS)).json));
  } finally {
    client.close();
  }
}

export async function askForLetters(address: string, request: object): Promise<LetterList> {
  return Object(await ask(address, "ListLetters", request));
}
