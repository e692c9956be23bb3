import type { Secrets } from "./secrets.js";
import type { Tls } from "./tls.js";

/** How a process protects its gRPC port, or connects to a protected one. Empty: plain text and unsigned. */
export interface Security {
  /** Secrets of all processes. */
  readonly secrets?: Secrets | undefined;
  /** Secrets of operators. A broker that has them accepts changes only from those who sign with one. */
  readonly operationSecrets?: Secrets | undefined;
  readonly tls?: Tls | undefined;
}
