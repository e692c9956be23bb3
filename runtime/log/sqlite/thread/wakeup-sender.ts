import { createConnection, type Socket } from "node:net";

const RECONNECT_MS = 100;
const WAKEUP_BYTE = Buffer.of(1);

/** Wakes readers by their sockets, one open connection each. An absent reader costs one attempt every 100 ms. */
export class WakeupSender {
  readonly #connections = new Map<string, ListenerConnection>();

  wake(path: string): void {
    let connection = this.#connections.get(path);
    if (connection === undefined) {
      connection = new ListenerConnection(path);
      this.#connections.set(path, connection);
    }
    connection.wake();
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close();
    this.#connections.clear();
  }
}

class ListenerConnection {
  readonly #path: string;
  #socket: Socket | undefined;
  #connected = false;
  #triedAt = Number.NEGATIVE_INFINITY;
  #later: NodeJS.Timeout | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  wake(): void {
    if (this.#socket === undefined) {
      this.#connect();
    } else if (this.#connected && this.#socket.writableLength === 0) {
      this.#socket.write(WAKEUP_BYTE);
    }
  }

  close(): void {
    clearTimeout(this.#later);
    this.#socket?.destroy();
  }

  #connect(): void {
    const wait = this.#triedAt + RECONNECT_MS - performance.now();
    if (wait > 0) {
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.wake();
      }, wait).unref();
      return;
    }
    this.#triedAt = performance.now();
    const socket = createConnection(this.#path);
    this.#socket = socket;
    socket.unref();
    // A new connection wakes the reader by itself.
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
