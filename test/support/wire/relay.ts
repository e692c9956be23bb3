import { connect, createServer, type Server, type Socket } from "node:net";
import { Transform } from "node:stream";

/** A TCP port that passes everything on to another, and can cut what goes through or hold it back. */
export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Connections that were taken so far. */
  taken = 0;
  /** How long each piece is held back in each direction, milliseconds. */
  delay = 0;

  private constructor(port: number, canDelay: boolean) {
    this.#server = createServer((near) => {
      this.taken += 1;
      const far = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        if (canDelay) from.pipe(this.#held()).pipe(to);
        else from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  /** `canDelay`: `delay` has an effect. */
  static async to(address: string, canDelay = false): Promise<Relay> {
    const relay = new Relay(Number(address.slice(address.lastIndexOf(":") + 1)), canDelay);
    await new Promise<void>((resolve) => relay.#server.listen(0, "127.0.0.1", resolve));
    return relay;
  }

  get address(): string {
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("the relay does not listen");
    return `127.0.0.1:${address.port}`;
  }

  #held(): Transform {
    return new Transform({
      transform: (bytes, _, done) => {
        if (this.delay === 0) done(null, bytes);
        else setTimeout(() => done(null, bytes), this.delay);
      },
    });
  }

  /** Ends every connection that stands. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    await closed;
  }
}
