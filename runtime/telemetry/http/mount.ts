/** Where a request comes from. */
export interface Peer {
  /** IP address. */
  readonly address: string;
  /** The port that it came to. */
  readonly port: number;
  /** Aborts when the answer was sent, or nobody waits for it any more. */
  readonly over: AbortSignal;
}

/** Paths of the port that somebody else answers, whatever the method. */
export interface Mount {
  /** `path`: as it was sent. */
  handles(path: string): boolean;
  /** Its answer may be a stream that stays open as long as something is sent now and then. */
  handle(request: Request, peer: Peer): Promise<Response>;
}
