import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why certificates cannot be made here; undefined when they can. */
export const NO_OPENSSL: string | undefined = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "there is no openssl on this machine";
  }
})();

/** An authority in a fresh folder, and what it signs. Needs openssl. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), "taskwire-tls-"));

  constructor() {
    this.#openssl("req", "-x509", ...NEW_KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=test");
  }

  get ca(): string {
    return this.file("ca.pem");
  }

  file(name: string): string {
    return join(this.folder, name);
  }

  /** Paths of a certificate and its key; `names` as in `IP:127.0.0.1,DNS:localhost`, `days` negative for an expired one. */
  issue(name: string, names: string, days = 2, newKey = NEW_KEY): { readonly cert: string; readonly key: string } {
    writeFileSync(this.file(`${name}.ext`), `subjectAltName=${names}`);
    this.#openssl("req", ...newKey, "-keyout", `${name}.key`, "-out", `${name}.csr`, "-subj", `/CN=${name}`);
    this.#openssl(
      "x509",
      "-req",
      ...["-in", `${name}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
      ...["-days", String(days), "-extfile", `${name}.ext`, "-out", `${name}.pem`],
    );
    return { cert: this.file(`${name}.pem`), key: this.file(`${name}.key`) };
  }

  #openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.folder, stdio: "pipe" });
  }
}

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
