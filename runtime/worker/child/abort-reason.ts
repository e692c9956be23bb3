import { Cancelled, ClaimLost, WorkerStopping } from "../errors.js";

/** Why runs are interrupted. */
export type AbortReason = "stopping" | "claim_lost" | "cancelled";

/** `signal.reason` of a run that is interrupted for it. */
export function errorOfAbort(reason: AbortReason): Error {
  switch (reason) {
    case "stopping":
      return new WorkerStopping();
    case "claim_lost":
      return new ClaimLost();
    case "cancelled":
      return new Cancelled();
  }
}
