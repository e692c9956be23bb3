import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ISocketFactory, ISocketFactoryArgs } from "kafkajs";

const KEEP_ALIVE_MS = 60_000;
/** How long a connection may receive nothing while requests are under way, milliseconds. */
const SILENCE_MS = 30_000;

/** Sockets that keep the process alive only while work is under way. */
export class Sockets {
  /** These sockets detect requests without an answer. */
  readonly watched = true;
  readonly #open = new Set<Socket>();
  #holds = 0;

  readonly factory: ISocketFactory = (place) => {
    const socket = open(place);
    this.#open.add(socket);
    socket.setTimeout(SILENCE_MS, () => {
      if (this.#holds > 0) socket.destroy(new Error(`no answer within ${SILENCE_MS} ms`));
    });
    socket.once("close", () => this.#open.delete(socket));
    // A socket that is still connecting keeps the process alive.
    socket.once("connect", () => this.#apply(socket));
    return socket;
  };

  /** The process lives until `work` has settled. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#holds += 1;
    if (this.#holds === 1) for (const socket of this.#open) this.#apply(socket);
    try {
      return await work();
    } finally {
      this.#holds -= 1;
      if (this.#holds === 0) for (const socket of this.#open) this.#apply(socket);
    }
  }

  #apply(socket: Socket): void {
    if (socket.readyState !== "open") return;
    if (this.#holds > 0) socket.ref();
    else socket.unref();
  }
}

/** Sockets that are closed together: kafkajs by itself waits for all answers before it disconnects. */
export class ReaderSockets {
  readonly watched = false;
  readonly #open = new Set<Socket>();

  readonly factory: ISocketFactory = (place) => {
    const socket = open(place);
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    return socket;
  };

  /** Requests under way fail; later ones open new sockets. */
  cut(): void {
    for (const socket of this.#open) socket.destroy(new Error("the connection was closed"));
  }
}

function open({ host, port, ssl, onConnect }: ISocketFactoryArgs): Socket {
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  const socket: Socket = ssl
    ? connectTls({ host, port, ...named, ...(typeof ssl === "object" ? ssl : {}) }, onConnect)
    : connect({ host, port }, onConnect);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.setNoDelay(true);
  return socket;
}
