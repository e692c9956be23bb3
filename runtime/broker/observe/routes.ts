import type { Unreadable } from "../../log/port.js";
import { json, type Route } from "../../telemetry/http.js";
import type { Reason } from "./health.js";
import type { Status } from "./status.js";

/** What the HTTP port tells of. */
export interface Observable {
  /** Why the broker is not ready; empty when it is. */
  reasons(): readonly Reason[];
  /** What of the log cannot be read at the moment, while all else is. */
  degraded(): readonly Unreadable[];
  status(): Promise<Status>;
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

/**
 * /healthz: the process lives and its event loop turns. /readyz: 200, or 503 with the reasons; either names the
 * partitions that cannot be read. /metrics: the text format of Prometheus. /api/status: the document of `taskwire status --json`.
 */
export function routesOf(broker: Observable): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ["/healthz", () => json(200, { alive: true })],
    [
      "/readyz",
      () => {
        const reasons = broker.reasons();
        const degraded = broker.degraded();
        const answer = { ready: reasons.length === 0, reasons, ...(degraded.length === 0 ? {} : { degraded }) };
        return json(answer.ready ? 200 : 503, answer);
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
