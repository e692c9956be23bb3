import type { Secrets } from "./secrets.js";
import type { Tls } from "./tls.js";

/** How a process guards its gRPC port, or speaks to one that is guarded; nothing set: in the clear and unsigned. */
export interface Security {
  readonly secrets?: Secrets | undefined;
  readonly tls?: Tls | undefined;
}
