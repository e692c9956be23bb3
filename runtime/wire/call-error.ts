import { type ServiceError, status } from "@grpc/grpc-js";
import { PROXY_VARIABLE, proxyOf } from "./security/proxy.js";
import { SECRETS_VARIABLE } from "./security/secrets.js";
import type { Security } from "./security/security.js";
import { TLS_CA_VARIABLE, TLS_CERT_VARIABLE, TLS_KEY_VARIABLE } from "./security/tls.js";

export function isCallError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}

/** grpc-js's reason for a failed call to HOST:PORT, in one line, with the proxy that was used. */
export function detailsOf({ code, details }: ServiceError, address: string): string {
  const said = details
    .replace(/\s+/g, " ")
    .replace(/\s*Resolution note:\s*$/, "")
    .trim()
    // The reason becomes part of a sentence.
    .replace(/\.$/, "");
  const proxy = code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED ? proxyOf(address) : undefined;
  if (proxy === undefined) return said;
  return `${said} (through the proxy ${proxy.address} of ${proxy.variable}, because ${PROXY_VARIABLE} is 1; name the host in no_proxy to go without it)`;
}

/** A hint for a failed call that signatures or TLS may have caused; undefined for other failures. */
export function hintOf({ code, details }: ServiceError, { secrets, tls }: Security): string | undefined {
  if (code === status.UNAUTHENTICATED) {
    return secrets === undefined
      ? `this process does not sign its calls: set ${SECRETS_VARIABLE} to the broker's list`
      : `the first secret of ${SECRETS_VARIABLE} here must be in the broker's list`;
  }
  if (code !== status.UNAVAILABLE) return undefined;
  if (tls === undefined) {
    // A TLS port closes connections that do not begin with a handshake.
    return /Failed to connect/.test(details)
      ? `if the broker serves TLS, set ${TLS_CA_VARIABLE} here to the authority of its certificate`
      : undefined;
  }
  if (/wrong version number|packet length too long/i.test(details)) {
    return `the broker does not serve TLS: unset ${TLS_CA_VARIABLE} here, or set ${TLS_CERT_VARIABLE} and ${TLS_KEY_VARIABLE} there`;
  }
  if (/certificate|altnames|issuer|self.signed/i.test(details)) {
    return `check ${TLS_CA_VARIABLE} here, the names in the broker's certificate, and ${TLS_CERT_VARIABLE} and ${TLS_KEY_VARIABLE} here if it asks for client certificates`;
  }
  return undefined;
}
