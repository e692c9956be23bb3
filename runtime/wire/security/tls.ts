import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import { codeOf, messageOf, TaskwireError } from "../../base/errors.js";
import { bytesWithoutByteOrderMark } from "../../base/files/byte-order-mark.js";

export const TLS_CERT_VARIABLE = "TASKWIRE_TLS_CERT";
export const TLS_KEY_VARIABLE = "TASKWIRE_TLS_KEY";
export const TLS_CA_VARIABLE = "TASKWIRE_TLS_CA";

/** The certificates are misconfigured. */
export class TlsError extends TaskwireError {
  constructor(problem: string, options?: ErrorOptions) {
    super("bad_tls", problem, options);
  }
}

/** The contents of the files, as PEM; at least one of the two is present. */
export interface TlsFiles {
  /** The certificate this process presents: a broker to workers, a worker to brokers that require one. */
  readonly identity: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  /** The authorities that the peer's certificate must be signed by. A broker that has them requires client certificates. */
  readonly ca: Buffer | undefined;
}

/** The TLS files in force. New files apply to new connections; open ones continue. */
export class Tls {
  #files: TlsFiles;
  readonly #listeners = new Set<() => void>();

  constructor(files: TlsFiles) {
    this.#files = files;
  }

  /** The same object until the files are replaced. */
  get files(): TlsFiles {
    return this.#files;
  }

  get identity(): TlsFiles["identity"] {
    return this.#files.identity;
  }

  get ca(): Buffer | undefined {
    return this.#files.ca;
  }

  /** Replaces the files and notifies listeners. */
  replace(files: TlsFiles): void {
    this.#files = files;
    for (const listener of this.#listeners) listener();
  }

  /** Returns a function that removes the listener. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * The files named by TASKWIRE_TLS_CERT, _KEY and _CA; undefined when none is set. Throws TlsError for a certificate without
 * a key or a key without a certificate, a file that cannot be read or is not PEM, a key of another certificate, and
 * certificates of which none is valid at `now` (milliseconds since the epoch).
 */
export function tlsFrom(environment: NodeJS.ProcessEnv, now = Date.now()): Tls | undefined {
  const files = tlsFilesFrom(environment, now);
  return files === undefined ? undefined : new Tls(files);
}

/** The same as plain files. */
export function tlsFilesFrom(environment: NodeJS.ProcessEnv, now = Date.now()): TlsFiles | undefined {
  const certFile = environment[TLS_CERT_VARIABLE];
  const keyFile = environment[TLS_KEY_VARIABLE];
  const caFile = environment[TLS_CA_VARIABLE];
  if (certFile === undefined && keyFile === undefined && caFile === undefined) return undefined;
  if (certFile !== undefined && keyFile === undefined) {
    throw new TlsError(`${TLS_CERT_VARIABLE} is set, but ${TLS_KEY_VARIABLE} is not; set both, or neither`);
  }
  if (certFile === undefined && keyFile !== undefined) {
    throw new TlsError(`${TLS_KEY_VARIABLE} is set, but ${TLS_CERT_VARIABLE} is not; set both, or neither`);
  }
  let identity: TlsFiles["identity"];
  if (certFile !== undefined && keyFile !== undefined) {
    const cert = read(TLS_CERT_VARIABLE, certFile);
    const key = read(TLS_KEY_VARIABLE, keyFile);
    const [own] = certificates(TLS_CERT_VARIABLE, certFile, cert);
    checkValid(TLS_CERT_VARIABLE, certFile, own === undefined ? [] : [own], now);
    if (own?.checkPrivateKey(privateKey(keyFile, key)) !== true) {
      throw new TlsError(
        `${TLS_KEY_VARIABLE}: the key in ${keyFile} does not belong to the first certificate in ${certFile}; use the certificate and the key of one pair`,
      );
    }
    checkUsable(TLS_CERT_VARIABLE, certFile, { cert, key });
    identity = { cert, key };
  }
  let ca: Buffer | undefined;
  if (caFile !== undefined) {
    ca = read(TLS_CA_VARIABLE, caFile);
    checkValid(TLS_CA_VARIABLE, caFile, certificates(TLS_CA_VARIABLE, caFile, ca), now);
    checkUsable(TLS_CA_VARIABLE, caFile, { ca });
  }
  return { identity, ca };
}

function read(variable: string, file: string): Buffer {
  try {
    return bytesWithoutByteOrderMark(readFileSync(file));
  } catch (error) {
    throw new TlsError(`${variable}: cannot read "${file}" (${codeOf(error)}); expected the path of a PEM file`, {
      cause: error,
    });
  }
}

const BEGIN = "-----BEGIN CERTIFICATE-----";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function certificates(variable: string, file: string, pem: Buffer): X509Certificate[] {
  const text = pem.toString("latin1");
  const found = text.match(CERTIFICATE) ?? [];
  if (text.split(BEGIN).length - 1 !== found.length) {
    throw new TlsError(`${variable}: a certificate in ${file} is truncated; write the whole file`);
  }
  if (found.length === 0) {
    throw new TlsError(`${variable}: ${file} holds no PEM certificate; expected one that begins with "${BEGIN}"`);
  }
  return found.map((text) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      throw new TlsError(`${variable}: ${file} holds a certificate that cannot be read: ${messageOf(error)}`, {
        cause: error,
      });
    }
  });
}

/** Checks that OpenSSL accepts the certificate: it refuses, for example, keys that are too short. */
function checkUsable(variable: string, file: string, options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (error) {
    throw new TlsError(
      `${variable}: OpenSSL refuses the certificate in ${file}: ${messageOf(error)}; replace it with one that OpenSSL accepts`,
      { cause: error },
    );
  }
}

/** Checks that at least one certificate is valid at `now`. */
function checkValid(variable: string, file: string, all: readonly X509Certificate[], now: number): void {
  if (all.some(({ validFrom, validTo }) => Date.parse(validFrom) <= now && now <= Date.parse(validTo))) return;
  const [first] = all;
  const problem =
    first !== undefined && Date.parse(first.validFrom) > now
      ? `is valid only from ${first.validFrom}; check it and this machine's clock`
      : `has expired on ${first?.validTo}; replace it`;
  throw new TlsError(`${variable}: the certificate in ${file} ${problem}`);
}

function privateKey(file: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new TlsError(
      `${TLS_KEY_VARIABLE}: ${file} holds no private key that can be read (${codeOf(error) || "not PEM"}); expected an unencrypted PEM key`,
      { cause: error },
    );
  }
}
