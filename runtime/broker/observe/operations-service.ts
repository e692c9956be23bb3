import { StatusResponse } from "../../wire/proto/taskwire.js";
import { type Endpoint, unary } from "../../wire/server/endpoint.js";
import { OPERATIONS } from "../../wire/services.js";
import type { Status } from "./status/document.js";

/** taskwire.v1.Operations. */
export function operationsService(status: () => Promise<Status>): Endpoint[] {
  return [
    unary(OPERATIONS.Status, async () => StatusResponse.encode({ json: JSON.stringify(await status()) }).finish()),
  ];
}
