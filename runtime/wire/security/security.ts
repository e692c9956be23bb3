import type { Secrets } from "./secrets.js";
import type { Tls } from "./tls.js";

/** How a process protects its gRPC port, or connects to a protected one. Empty: plain text and unsigned. */
export interface Security {
  readonly secrets?: Secrets | undefined;
  readonly tls?: Tls | undefined;
}
