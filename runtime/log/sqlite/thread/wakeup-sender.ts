import { createConnection, type Socket } from "node:net";

const RECONNECT_MS = 100;
const RING = Buffer.of(1);

/** The appender's side of the bells: one open connection a bell; an absent reader costs one try in 100 ms. */
export class Ringer {
  readonly #connections = new Map<string, BellConnection>();

  ring(path: string): void {
    let connection = this.#connections.get(path);
    if (connection === undefined) {
      connection = new BellConnection(path);
      this.#connections.set(path, connection);
    }
    connection.ring();
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }
}

class BellConnection {
  readonly #path: string;
  #socket: Socket | undefined;
  #connected = false;
  #tried = Number.NEGATIVE_INFINITY;
  #later: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  ring(): void {
    if (this.#socket === undefined) {
      this.#connect();
    } else if (this.#connected && this.#socket.writableLength === 0) {
      this.#socket.write(RING);
    }
  }

  close(): void {
    clearTimeout(this.#later);
    this.#socket?.destroy();
  }

  #connect(): void {
    const wait = this.#tried + RECONNECT_MS - performance.now();
    if (wait > 0) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.ring();
      }, wait).unref();
      return;
    }
    this.#tried = performance.now();
    const socket = createConnection(this.#path);
    this.#socket = socket;
    socket.unref();
    // The new connection itself rings.
    socket.on("connect", () => {
      this.#connected = true;
    });
    // No reader at the moment: the next one reads from its position when it starts.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#socket = undefined;
      this.#connected = false;
    });
  }
}
