import { constants, type ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  status,
} from "@grpc/grpc-js";
import type { Clock } from "../../base/clock.js";
import type { Logger } from "../../base/logger.js";
import type { Secret, Secrets } from "../security/secrets.js";
import { isSignature, SIGNATURE_METADATA, signerOf } from "../security/signature.js";
import { type Endpoint, StatusError, type UnaryEndpoint } from "./endpoint.js";
import { Refusals, type Refused } from "./refusals.js";
import { UNREAD_LIMITS, UnreadCalls, type UnreadLimits } from "./unread-calls.js";

const UNSIGNED = `${SIGNATURE_METADATA} is missing: this process accepts only signed calls`;
const MALFORMED = `${SIGNATURE_METADATA} is not 64 hex digits`;
const FORGED = `${SIGNATURE_METADATA} does not match: it was made with an unknown secret or for other bytes`;
const COMPRESSED = "compressed requests are not taken";
const GAVE_WAY = {
  calls: "too many unfinished calls: the oldest gives way",
  bytes: "too many bytes of unfinished requests: the oldest gives way",
  time: "the request was not complete in time",
} as const;

/** How long a client may take to close a stream after its end was sent, before the stream is reset; milliseconds. */
const RESET_MS = 1000;

interface GuardOptions {
  readonly endpoints: readonly Endpoint[];
  readonly secrets: Secrets | undefined;
  readonly operationSecrets: Secrets | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly unread?: UnreadLimits;
}

/** Which signatures a method accepts. */
interface Accepted {
  readonly secrets: readonly Secret[];
  /** Whether a call without a signature is refused. */
  readonly required: boolean;
}

/**
 * Guards every call. Unsigned calls are refused before their request is read; a request is read within limits, verified
 * over its raw bytes, and only then handled. A call that ends before its request does is reset: grpc-js alone would read
 * the rest of the request and keep the stream until the client ends it.
 */
export class Guard {
  readonly #endpoints: ReadonlyMap<string, Endpoint>;
  readonly #secrets: Secrets | undefined;
  readonly #operationSecrets: Secrets | undefined;
  readonly #unread: UnreadCalls;
  readonly #refusals: Refusals;
  readonly #clock: Clock;
  readonly #signers = new WeakMap<Metadata, string>();

  constructor({ endpoints, secrets, operationSecrets, clock, logger, unread = UNREAD_LIMITS }: GuardOptions) {
    this.#endpoints = new Map(endpoints.map((endpoint) => [endpoint.method.path, endpoint]));
    this.#secrets = secrets;
    this.#operationSecrets = operationSecrets;
    this.#unread = new UnreadCalls(unread, clock);
    this.#refusals = new Refusals(clock, logger);
    this.#clock = clock;
  }

  /** Fingerprint of the secret that signed the call with this metadata; undefined when none is configured. */
  signer(metadata: Metadata): string | undefined {
    const signer = this.#signers.get(metadata);
    if (signer === undefined && this.#secrets !== undefined) throw new StatusError(status.UNAUTHENTICATED, UNSIGNED);
    return signer;
  }

  /** What was refused lately, by peer and cause, the last one first. */
  get refused(): Refused[] {
    return this.#refusals.counted;
  }

  /** Counts a call whose handler answered that the caller may not do this. */
  refusedByHandler(details: string, peer: string): void {
    this.#refusals.count(details, peer);
  }

  readonly interceptor: ServerInterceptor = ({ path }, call) => {
    const endpoint = this.#endpoints.get(path);
    // The handler of a stream admits it by its metadata before anything is read, then reads at its own pace.
    if (endpoint?.kind === "stream") return this.#stream(call);
    return this.#request(path, call, endpoint?.kind === "unary" ? () => this.#accepted(endpoint) : () => undefined);
  };

  /** undefined: nothing is verified. */
  #accepted({ access }: UnaryEndpoint): Accepted | undefined {
    if (access === "open") return undefined;
    const all = this.#secrets?.all;
    const operators = access === "operation" ? this.#operationSecrets?.all : undefined;
    if (operators !== undefined) return { secrets: [...(all ?? []), ...operators], required: all !== undefined };
    return all === undefined ? undefined : { secrets: all, required: true };
  }

  #stream(call: ServerInterceptingCallInterface): ServerInterceptingCall {
    const http2 = streamOf(call);
    let complete = false;
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveHalfClose: (take) => {
            complete = true;
            take();
          },
          // The end of the stream is already sent; a client that receives it closes the stream itself.
          onCancel: () => {
            if (!complete) this.#clock.after(RESET_MS, () => http2?.close(constants.NGHTTP2_NO_ERROR));
          },
        }),
    });
  }

  #request(
    path: string,
    call: ServerInterceptingCallInterface,
    accepted: () => Accepted | undefined,
  ): ServerInterceptingCall {
    const http2 = streamOf(call);
    const refuse = (code: status, details: string) => {
      this.#refusals.add(details, path, call.getPeer());
      call.sendStatus({ code, details });
      http2?.close(constants.NGHTTP2_NO_ERROR);
    };
    const reading = this.#unread.begin((limit) =>
      refuse(limit === "time" ? status.DEADLINE_EXCEEDED : status.RESOURCE_EXHAUSTED, GAVE_WAY[limit]),
    );
    let complete = false;
    let first = true;
    // Before grpc-js's own listener, which would begin to decompress.
    http2?.prependListener("data", (bytes: Buffer) => {
      if (first && bytes[0] === 1) refuse(status.UNIMPLEMENTED, COMPRESSED);
      first = false;
      reading.received(bytes.length);
    });
    let metadata: Metadata;
    let signature = "";
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (received, take) => {
            metadata = received;
            const required = accepted()?.required;
            if (required === undefined) {
              take(received);
              return;
            }
            const given = received.get(SIGNATURE_METADATA);
            signature = String(given[0] ?? "");
            if (given.length === 0 && !required) take(received);
            else if (given.length === 0) refuse(status.UNAUTHENTICATED, UNSIGNED);
            else if (given.length > 1 || !isSignature(signature)) refuse(status.UNAUTHENTICATED, MALFORMED);
            else take(received);
          },
          onReceiveMessage: (body: Buffer, take) => {
            const { secrets, required } = accepted() ?? { secrets: [], required: false };
            if (required || signature !== "") {
              const signer = signerOf(secrets, path, body, signature);
              if (signer === undefined) {
                refuse(status.UNAUTHENTICATED, FORGED);
                return;
              }
              this.#signers.set(metadata, signer.fingerprint);
            }
            take(body);
          },
          onReceiveHalfClose: (take) => {
            complete = true;
            reading.end();
            take();
          },
          // Reached by every call, however it ends.
          onCancel: () => {
            reading.end();
            if (!complete) http2?.close(constants.NGHTTP2_NO_ERROR);
          },
        }),
    });
  }
}

/**
 * The HTTP/2 stream of a call, used to count bytes and to reset the call. grpc-js does not expose it: undefined when this
 * version of grpc-js stores it elsewhere; calls are verified all the same.
 */
function streamOf(call: ServerInterceptingCallInterface): ServerHttp2Stream | undefined {
  const stream: unknown = Reflect.get(call, "stream");
  return isHttp2Stream(stream) ? stream : undefined;
}

function isHttp2Stream(value: unknown): value is ServerHttp2Stream {
  return value instanceof Duplex && "rstCode" in value;
}
