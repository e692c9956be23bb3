import { OnAttemptsExceeded, TaskActivation } from "../../wire/proto/taskbroker.js";
import type { Activation, ActivationHead, RetryState } from "../activation.js";
import { UndecodableError } from "../errors.js";
import { atMost, LATEST_MS, LONGEST_SECONDS, MOST_ATTEMPTS } from "./bounds.js";

export { encodeActivation } from "./encode.js";

/** No policy: the broker accepts any retry and discards failures. */
export const NO_RETRY_STATE: RetryState = {
  attempts: 0,
  maxAttempts: 0,
  onExceeded: "discard",
  atMostOnce: false,
  delay: undefined,
};

/** Decodes a TaskActivation into its generated type. Throws UndecodableError. */
export function decodeWire(bytes: Uint8Array): TaskActivation {
  let wire: TaskActivation;
  try {
    wire = TaskActivation.decode(bytes);
  } catch (error) {
    throw new UndecodableError("the bytes are not a TaskActivation", { cause: error });
  }
  if (wire.id === "" || wire.taskname === "") throw new UndecodableError("a TaskActivation without id or taskname");
  return wire;
}

/** Throws UndecodableError. Numbers are clamped to their limits (bounds.ts). */
export function decodeActivation(bytes: Uint8Array): Activation {
  const wire = decodeWire(bytes);
  const { receivedAt, retryState } = wire;
  return {
    id: wire.id,
    namespace: wire.namespace,
    task: wire.taskname,
    application: wire.application ?? "",
    headers: wire.headers,
    receivedAt: receivedAt === undefined ? 0 : milliseconds(Number(receivedAt.seconds), receivedAt.nanos),
    parameters: wire.parametersBytes,
    ...(wire.parametersBytes.length === 0 && wire.parameters !== "" ? { legacyParameters: wire.parameters } : {}),
    retry:
      retryState === undefined
        ? NO_RETRY_STATE
        : {
            attempts: atMost(retryState.attempts, MOST_ATTEMPTS),
            maxAttempts: atMost(retryState.maxAttempts, MOST_ATTEMPTS),
            onExceeded: onExceeded(retryState.onAttemptsExceeded),
            atMostOnce: retryState.atMostOnce ?? false,
            delay: seconds(retryState.delayOnRetry),
          },
    deadline: atMost(wire.processingDeadlineDuration, LONGEST_SECONDS),
    expires: seconds(wire.expires),
    delay: seconds(wire.delay),
  };
}

/** An unknown value counts as discard, as an unset one does. */
export function onExceeded(wire: number): RetryState["onExceeded"] {
  return wire === OnAttemptsExceeded.ON_ATTEMPTS_EXCEEDED_DEADLETTER ? "deadletter" : "discard";
}

/** Everything but the parameters. Throws UndecodableError. */
export function decodeHead(bytes: Uint8Array): ActivationHead {
  const { parameters: _, legacyParameters: __, ...head } = decodeActivation(bytes);
  return head;
}

/** Milliseconds of a Timestamp, clamped to 1970 and the end of the year 9999. */
export function milliseconds(seconds: number, nanos: number): number {
  return Math.max(0, Math.min(seconds * 1000 + Math.floor(nanos / 1e6), LATEST_MS));
}

function seconds(wide: bigint | undefined): number | undefined {
  return wide === undefined ? undefined : atMost(wide, LONGEST_SECONDS);
}
