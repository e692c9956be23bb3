import { status } from "@grpc/grpc-js";
import { messageOf } from "../../base/errors.js";
import { OperationError, type RefusalKind } from "../../operations/errors.js";
import type { Verb } from "../../operations/verb.js";
import { OperationRequest, OperationResponse, StatusResponse } from "../../wire/proto/taskwire.js";
import { type Endpoint, StatusError, type UnaryCall, unary } from "../../wire/server/endpoint.js";
import { OPERATIONS, operation } from "../../wire/services.js";
import { type Operations, runVerb } from "./run-verb.js";

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

const LARGEST_REQUEST_BYTES = 1024 * 1024;

type Served = Omit<Operations, "admitLocal">;

/**
 * taskwire.v1.Operations. Every verb passes the same gate by its role, and the audit log unless it only looks. A refused
 * verb ends with the status of its kind; its details are the JSON `{ code, message, field? }`.
 */
export function operationsService(operations: Served): Endpoint[] {
  return [
    unary(
      OPERATIONS.Status,
      async () => StatusResponse.encode({ json: JSON.stringify(await operations.status()) }).finish(),
      "operation",
    ),
    ...operations.verbs.map((verb) =>
      unary(operation(verb.name), (request, call) => answer(operations, verb, request, call), "operation"),
    ),
  ];
}

async function answer(operations: Served, verb: Verb, bytes: Buffer, call: UnaryCall): Promise<Uint8Array> {
  try {
    if (bytes.length > LARGEST_REQUEST_BYTES)
      throw new OperationError(
        "too_large",
        "request_too_large",
        `the request has ${bytes.length} bytes, expected at most ${LARGEST_REQUEST_BYTES}; split it`,
      );
    const { json, actor, at, nonce } = decoded(bytes);
    const request = parsed(json);
    const gone = new AbortController();
    call.onCancelled(() => gone.abort());
    const caller = { actor, signal: gone.signal, address: call.peer };
    const answered = await runVerb(operations, verb, request, caller, (role) =>
      operations.admit(role, { secret: call.secret, at, nonce }),
    );
    return OperationResponse.encode(answered).finish();
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const { code, message, field, kind } = error;
    throw new StatusError(STATUSES[kind], JSON.stringify({ code, message, field }), { cause: error });
  }
}

function decoded(bytes: Buffer): OperationRequest {
  try {
    return OperationRequest.decode(bytes);
  } catch (error) {
    throw new OperationError("bad_request", "bad_message", "the request is not an OperationRequest", { cause: error });
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
