import { json, type Route } from "../../telemetry/http.js";
import type { Reason } from "../health.js";
import type { Status } from "../status.js";

/** What the HTTP port tells of. */
export interface Observable {
  /** Why the broker is not ready; empty when it is. */
  reasons(): readonly Reason[];
  status(): Promise<Status>;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

/**
 * /healthz: the process lives and its event loop turns. /readyz: 200, or 503 with the reasons. /metrics: the text format of
 * Prometheus. /api/status: the document of `taskwire status --json`.
 */
export function routesOf(broker: Observable): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/healthz", () => json(200, { alive: true })],
    [
      "/readyz",
      () => {
        const reasons = broker.reasons();
        return json(reasons.length === 0 ? 200 : 503, { ready: reasons.length === 0, reasons });
      },
    ],
    [
      "/metrics",
      async () => {
        const { type, text } = await broker.metrics();
        return { status: 200, type, body: text };
      },
    ],
    ["/api/status", async () => json(200, await broker.status())],
  ]);
}
