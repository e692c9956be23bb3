import { Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { channelCredentials } from "./security/channel-credentials.js";
import { proxyOptions } from "./security/proxy.js";
import type { Security } from "./security/security.js";
import { SIGNATURE_METADATA, sign } from "./security/signature.js";
import { CHANNEL_OPTIONS, type RawMethod } from "./services.js";

/** Longest deadline: grpc-js servers treat longer ones as past. */
const LONGEST_DEADLINE_MS = 3_600_000;
/** Number of consecutive calls that exceed their deadline before the connection is considered dead. */
const DEADLINES_UNTIL_REBUILD = 3;

/** Calls the unary methods of one broker, signed and with a deadline, and owns the channel of its streams. */
export class UnaryClient {
  readonly #address: string;
  readonly #security: Security;
  #client: Client;
  #deadlines = 0;

  constructor(address: string, security: Security) {
    this.#address = address;
    this.#security = security;
    this.#client = this.#connect();
  }

  /** The current channel; replaced after calls that were not answered in time. */
  get channel(): Client {
    return this.#client;
  }

  /**
   * Waits at most `timeout` milliseconds, never more than an hour. Rejects with grpc-js's ServiceError. Signed by the first
   * of `secrets`.
   */
  call(method: RawMethod, body: Buffer, timeout: number, secrets = this.#security.secrets): Promise<Buffer> {
    const metadata = callMetadata({ secrets }, method.path, body);
    const deadline = Date.now() + Math.min(timeout, LONGEST_DEADLINE_MS);
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        body,
        metadata,
        { deadline },
        (error: ServiceError | null, answer?: Buffer) => {
          this.#answered(error);
          if (error === null) resolve(answer ?? Buffer.alloc(0));
          else reject(error);
        },
      );
    });
  }

  close(): void {
    this.#client.close();
  }

  #answered(error: ServiceError | null): void {
    if (error?.code !== status.DEADLINE_EXCEEDED) {
      this.#deadlines = 0;
      return;
    }
    this.#deadlines += 1;
    if (this.#deadlines < DEADLINES_UNTIL_REBUILD) return;
    this.#deadlines = 0;
    this.#client.close();
    this.#client = this.#connect();
  }

  #connect(): Client {
    return new Client(this.#address, channelCredentials(this.#security), {
      ...CHANNEL_OPTIONS,
      ...proxyOptions(this.#address),
    });
  }
}

/** Metadata of a unary call; signed when secrets are configured. */
export function callMetadata({ secrets }: Security, path: string, body: Uint8Array): Metadata {
  const metadata = new Metadata();
  if (secrets !== undefined) metadata.set(SIGNATURE_METADATA, sign(secrets.signing, path, body));
  return metadata;
}
