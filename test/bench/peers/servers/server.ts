/** A server of a peer in a folder of its own, on a free port of the loopback. */
export interface Server extends AsyncDisposable {
  /** What its adapter connects to. */
  readonly address: string;
  readonly pid: number;
}

/** A server program that this machine lacks. */
export class MissingServerError extends Error {
  readonly code = "missing_server";

  constructor(program: string, debianPackage: string) {
    super(`there is no ${program} on this machine; Debian's package is ${debianPackage}`);
  }
}
