import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { codeOf, messageOf, TaskwireError } from "../../../base/errors.js";
import { bytesWithoutByteOrderMark } from "../../../base/files/byte-order-mark.js";
import type { KafkaCluster } from "../../../model/variables.js";

/** Certificates and key of TLS connections to a cluster. */
interface Certificates {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** Reads the files, so that new ones are used from the next connection on. Throws TaskwireError `bad_tls`. */
export function certificatesOf({ name, certificates }: KafkaCluster): Certificates {
  const { ca, cert, key } = certificates ?? {};
  const read = (what: string, file: string, check: (pem: Buffer) => unknown) => {
    const where = `cluster "${name}", tls.${what}`;
    let pem: Buffer;
    try {
      pem = bytesWithoutByteOrderMark(readFileSync(file));
    } catch (error) {
      throw new TaskwireError(
        "bad_tls",
        `${where}: cannot read "${file}" (${codeOf(error)}); expected the path of a PEM file`,
        { cause: error },
      );
    }
    try {
      check(pem);
    } catch (error) {
      const expected = what === "key" ? "an unencrypted private key" : "certificates";
      throw new TaskwireError(
        "bad_tls",
        `${where}: expected ${expected} in PEM form in "${file}": ${codeOf(error) || messageOf(error)}`,
        { cause: error },
      );
    }
    return pem;
  };
  const isCertificate = (pem: Buffer) => new X509Certificate(pem);
  return {
    ...(ca === undefined ? {} : { ca: read("ca", ca, isCertificate) }),
    ...(cert === undefined ? {} : { cert: read("cert", cert, isCertificate) }),
    ...(key === undefined ? {} : { key: read("key", key, (pem) => createPrivateKey(pem)) }),
  };
}
