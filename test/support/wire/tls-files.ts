import { copyFileSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import type { Authority } from "./certificates.js";

type Part = "cert" | "key" | "ca";

/** The three files of a process in a folder that Kubernetes would mount: links through `..data` to one version. */
export class TlsFiles {
  readonly folder: string;
  #versions = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder);
    for (const part of ["cert", "key", "ca"]) symlinkSync(join("..data", part), join(folder, part));
  }

  get variables() {
    return {
      TASKWIRE_TLS_CERT: join(this.folder, "cert"),
      TASKWIRE_TLS_KEY: join(this.folder, "key"),
      TASKWIRE_TLS_CA: join(this.folder, "ca"),
    };
  }

  /** All three at once, by turning the one link. */
  turn(authority: Authority, name: string, names = "IP:127.0.0.1"): void {
    const { cert, key } = authority.issue(name, names);
    this.#versions += 1;
    const version = `..${this.#versions}`;
    mkdirSync(join(this.folder, version));
    for (const [part, file] of Object.entries({ cert, key, ca: authority.ca })) {
      copyFileSync(file, join(this.folder, version, part));
    }
    symlinkSync(version, join(this.folder, "..next"));
    renameSync(join(this.folder, "..next"), join(this.folder, "..data"));
  }

  /** One file alone, as certbot's hooks and people copy them. */
  put(part: Part, file: string): void {
    copyFileSync(file, join(this.folder, "..data", part));
  }
}

/** Common name of the certificate that a port presents to a new connection. */
export function presentedBy(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const port = Number(address.slice(address.lastIndexOf(":") + 1));
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"] }, () => {
      const { subject } = socket.getPeerCertificate();
      socket.destroy();
      resolve(String(subject.CN));
    });
    socket.once("error", reject);
  });
}
