import { status } from "@grpc/grpc-js";
import { messageOf } from "../../base/errors.js";
import { OperationError, type RefusalKind } from "../../operations/errors.js";
import type { Status } from "../../operations/status/document.js";
import { type Verb, WithActivation } from "../../operations/verb.js";
import { OperationRequest, OperationResponse, StatusResponse } from "../../wire/proto/taskwire.js";
import { type Endpoint, StatusError, type UnaryCall, unary } from "../../wire/server/endpoint.js";
import { OPERATIONS, operation } from "../../wire/services.js";

const STATUSES: Readonly<Record<RefusalKind, status>> = {
  bad_request: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  not_found: status.NOT_FOUND,
  conflict: status.ABORTED,
  too_large: status.OUT_OF_RANGE,
  invalid: status.FAILED_PRECONDITION,
  too_many: status.RESOURCE_EXHAUSTED,
  unavailable: status.UNAVAILABLE,
};

/**
 * taskwire.v1.Operations. A refused verb ends with the status of its kind; its details are the JSON
 * `{ code, message, field? }`.
 */
export function operationsService(status: () => Promise<Status>, verbs: readonly Verb[]): Endpoint[] {
  return [
    unary(OPERATIONS.Status, async () => StatusResponse.encode({ json: JSON.stringify(await status()) }).finish()),
    ...verbs.map((verb) => unary(operation(verb.name), (request, call) => answer(verb, request, call))),
  ];
}

async function answer(verb: Verb, bytes: Buffer, call: UnaryCall): Promise<Uint8Array> {
  try {
    const { json, actor } = OperationRequest.decode(bytes);
    const gone = new AbortController();
    call.onCancelled(() => gone.abort());
    const answered = await verb.run(parsed(json), { actor, signal: gone.signal });
    const { document, activation } =
      answered instanceof WithActivation ? answered : { document: answered, activation: new Uint8Array() };
    return OperationResponse.encode({ json: JSON.stringify(document), activation }).finish();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const { code, message, field, kind } = error;
    throw new StatusError(STATUSES[kind], JSON.stringify({ code, message, field }), { cause: error });
  }
}

function parsed(json: string): unknown {
  if (json === "") return {};
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new OperationError("bad_request", "bad_json", `the request is not JSON: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
