import { type ServerWritableStream, status } from "@grpc/grpc-js";
import { decodeHealthRequest, encodeHealthResponse } from "../codec/health-codec.js";
import { HEALTH } from "../services.js";
import { type Endpoint, StatusError, unary, watch } from "./endpoint.js";

/** Whether a process is serving. */
export interface Health {
  serving(): boolean;
  /** `listener` is called when serving() has changed. Returns a function that removes it. */
  onChange(listener: () => void): () => void;
}

/** Limit on open Watch calls, which need no authentication. */
const WATCHERS = 256;

/**
 * grpc.health.v1.Health of a process ("") and its `services`, open to everyone. Unknown services are NOT_FOUND in Watch,
 * too, as in the Rust taskbroker.
 */
export function healthService(health: Health, services: readonly string[]): Endpoint[] {
  const names = new Set(["", ...services]);
  let watchers = 0;
  return [
    unary(
      HEALTH.Check,
      (request) => {
        check(request, names);
        return encodeHealthResponse(health.serving());
      },
      "open",
    ),
    watch(HEALTH.Watch, (call: ServerWritableStream<Buffer, Buffer>) => {
      try {
        check(call.request, names);
        if (watchers >= WATCHERS)
          throw new StatusError(status.RESOURCE_EXHAUSTED, `too many Watch calls: at most ${WATCHERS} may be open`);
      } catch (error) {
        call.emit("error", error instanceof StatusError ? { code: error.status, details: error.message } : error);
        return;
      }
      watchers += 1;
      let told: boolean | undefined;
      const tell = () => {
        const serving = health.serving();
        if (serving === told) return;
        told = serving;
        call.write(encodeHealthResponse(serving));
      };
      const stop = health.onChange(tell);
      call.once("cancelled", () => {
        watchers -= 1;
        stop();
      });
      tell();
    }),
  ];
}

function check(request: Buffer, names: ReadonlySet<string>): void {
  let service: string;
  try {
    service = decodeHealthRequest(request);
  } catch (error) {
    throw new StatusError(status.INVALID_ARGUMENT, "the request is not a HealthCheckRequest", { cause: error });
  }
  if (!names.has(service)) {
    throw new StatusError(
      status.NOT_FOUND,
      `unknown service; known: ${[...names].map((name) => `"${name}"`).join(", ")}`,
    );
  }
}
