import type { SecureContextOptions } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE, type Tls, TlsError } from "../security/tls.js";

/** Throws TlsError when an authority is set without a certificate of this process. */
export function serverCredentials(tls: Tls | undefined): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  if (tls.identity === undefined) {
    throw new TlsError(
      `${TLS_CA_VARIABLE} is set, but ${TLS_CERT_VARIABLE} and ${TLS_KEY_VARIABLE} are not: what listens needs a certificate of its own; set them, or unset ${TLS_CA_VARIABLE}`,
    );
  }
  return new TlsServerCredentials(tls);
}

/**
 * Each handshake uses the files in force when it begins. grpc-js has credentials that follow certificates (`experimental`),
 * but their constructor takes its two providers in another order than declared.
 */
class TlsServerCredentials extends ServerCredentials {
  readonly #tls: Tls;
  readonly #stops = new Map<SecureContextWatcher, () => void>();

  constructor(tls: Tls) {
    super({ requestCert: tls.ca !== undefined });
    this.#tls = tls;
  }

  /** Sets the ciphers, which a new context would lose otherwise. */
  override _getSecureContextOptions(): SecureContextOptions {
    const ssl = sslOf(this.#tls);
    return { ...ssl._getConstructorOptions(), ...ssl._getSecureContextOptions() };
  }

  /** grpc-js adds a listener for each listening socket, and removes it when that has closed. */
  override _addWatcher(watcher: SecureContextWatcher): void {
    this.#stops.set(
      watcher,
      this.#tls.onChange(() => watcher(this._getSecureContextOptions())),
    );
  }

  override _removeWatcher(watcher: SecureContextWatcher): void {
    this.#stops.get(watcher)?.();
    this.#stops.delete(watcher);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

function sslOf({ ca, identity }: Tls): ServerCredentials {
  const pairs = identity === undefined ? [] : [{ private_key: identity.key, cert_chain: identity.cert }];
  return ServerCredentials.createSsl(ca ?? null, pairs, ca !== undefined);
}

type SecureContextWatcher = (options: SecureContextOptions | null) => void;
