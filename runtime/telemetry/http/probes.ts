import type { Logger } from "../../base/logger.js";
import type { Mount } from "./mount.js";
import { type HttpServer, json, type Route, serveHttp } from "./server.js";

/** A process that answers probes and scrapes. */
interface Probed {
  /** The document of /readyz. */
  readiness(): { readonly ready: boolean };
  metrics(): Promise<{ readonly type: string; readonly text: string }>;
}

/**
 * Serves a process's HTTP port. /healthz: the process is alive and its event loop turns. /readyz: 200, or 503 with the
 * reasons. /metrics: the text format of Prometheus. `further`: paths that only this kind of process has. `mount`: what
 * somebody else answers; it leaves the probes to others. Rejects as serveHttp.
 */
export async function serveProbes(
  address: string,
  process: Probed,
  logger: Logger,
  further: Iterable<readonly [string, Route]> = [],
  mount?: Mount,
): Promise<HttpServer> {
  const routes = new Map<string, Route>([
    ["/healthz", () => json(200, { alive: true })],
    [
      "/readyz",
      () => {
        const readiness = process.readiness();
        return json(readiness.ready ? 200 : 503, readiness);
      },
    ],
    [
      "/metrics",
      async () => {
        const { type, text } = await process.metrics();
        return { status: 200, type, body: text };
      },
    ],
    ...further,
  ]);
  const server = await serveHttp(address, routes, logger, mount);
  logger.info("HTTP port is open", { url: `http://${server.address}/readyz` });
  return server;
}
