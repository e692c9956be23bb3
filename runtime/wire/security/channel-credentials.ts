import {
  type CallCredentials,
  ChannelCredentials,
  type ChannelOptions,
  credentials,
  type experimental,
} from "@grpc/grpc-js";
import type { Security } from "./security.js";
import type { Tls, TlsFiles } from "./tls.js";

/** The credentials of a channel. Without an authority of its own, the system's authorities are used. */
export function channelCredentials({ tls }: Security): ChannelCredentials {
  return tls === undefined ? credentials.createInsecure() : new TlsChannelCredentials(tls);
}

/**
 * Each connection uses the files in force when it is made. grpc-js's own credentials that follow certificates require an
 * authority of the channel's own.
 */
class TlsChannelCredentials extends ChannelCredentials {
  readonly #tls: Tls;
  #of: TlsFiles;
  #current: ChannelCredentials;

  constructor(tls: Tls) {
    super();
    this.#tls = tls;
    this.#of = tls.files;
    this.#current = sslOf(tls.files);
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    target: experimental.GrpcUri,
    options: ChannelOptions,
    callCredentials?: CallCredentials,
  ): experimental.SecureConnector {
    const connector = () => this.#now()._createSecureConnector(target, options, callCredentials);
    const first = connector();
    return {
      connect: (socket) => connector().connect(socket),
      waitForReady: () => first.waitForReady(),
      getCallCredentials: () => first.getCallCredentials(),
      destroy: () => first.destroy(),
    };
  }

  #now(): ChannelCredentials {
    if (this.#of !== this.#tls.files) {
      this.#of = this.#tls.files;
      this.#current = sslOf(this.#of);
    }
    return this.#current;
  }
}

function sslOf({ ca, identity }: TlsFiles): ChannelCredentials {
  return credentials.createSsl(ca ?? null, identity?.key ?? null, identity?.cert ?? null);
}
