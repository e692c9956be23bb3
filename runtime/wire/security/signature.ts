import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "./secrets.js";

/** Metadata of every signed call. */
export const SIGNATURE_METADATA = "sentry-signature";

const FORM = /^[0-9a-fA-F]{64}$/;

/** Whether it is 64 hex digits. Node's hex decoder silently truncates anything else. */
export function isSignature(text: string): boolean {
  return FORM.test(text);
}

/** Hex of hmac-sha256(secret, path + ":" + body). `path` as in `/package.Service/Method`, `body` without its 5-byte frame. */
export function sign({ key }: Secret, path: string, body: Uint8Array): string {
  return createHmac("sha256", key).update(`${path}:`).update(body).digest("hex");
}

/** The secret that made the signature; undefined: none of them. All secrets are tried, even after a match. */
export function signerOf(
  secrets: readonly Secret[],
  path: string,
  body: Uint8Array,
  signature: string,
): Secret | undefined {
  if (!isSignature(signature)) return undefined;
  const given = Buffer.from(signature, "hex");
  let signer: Secret | undefined;
  for (const secret of secrets) {
    const made = createHmac("sha256", secret.key).update(`${path}:`).update(body).digest();
    if (timingSafeEqual(made, given)) signer ??= secret;
  }
  return signer;
}
