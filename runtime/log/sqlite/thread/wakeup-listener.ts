import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../../../base/errors.js";

/** Longer socket paths do not fit into the address of every system. */
const LONGEST_PATH_BYTES = 100;
/** Readers of one file at the same time (pools on one cluster) that can listen; others poll. */
const MOST_LISTENERS = 16;

/** Where the reader number `index` of a log file listens. */
function wakeupPath(file: string, index: number, platform = process.platform): string {
  const hash = createHash("sha256").update(file).digest("hex").slice(0, 24);
  const suffix = index === 0 ? "" : `.${index}`;
  if (platform === "win32") return `\\\\.\\pipe\\taskwire-${hash}${suffix}`;
  const beside = `${file}${suffix}.bell`;
  return Buffer.byteLength(beside) <= LONGEST_PATH_BYTES ? beside : join(tmpdir(), `taskwire-${hash}${suffix}.bell`);
}

/** The socket of a reader. Calls `onWakeup` when an appender has committed records. */
export class WakeupListener {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(path: string, server: Server, sockets: Set<Socket>) {
    this.path = path;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Listens on the file's first free path; undefined when that is impossible here: the reader polls then. */
  static async listen(file: string, onWakeup: () => void): Promise<WakeupListener | undefined> {
    for (let index = 0; index < MOST_LISTENERS; index += 1) {
      const path = wakeupPath(file, index);
      const sockets = new Set<Socket>();
      const server = createServer((socket) => {
        sockets.add(socket);
        socket.on("data", onWakeup);
        // The sender went away.
        socket.on("error", () => socket.destroy());
        socket.on("close", () => sockets.delete(socket));
        // The sender may have committed before it could connect.
        onWakeup();
      });
      let code = await tryListen(server, path);
      if (code === "EADDRINUSE" && (await removeStale(path))) code = await tryListen(server, path);
      if (code === undefined) return new WakeupListener(path, server, sockets);
      if (code !== "EADDRINUSE") return undefined;
    }
    return undefined;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Listens; resolves with the code of the error, undefined on success. */
function tryListen(server: Server, path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const onError = (error: Error): void => resolve(codeOf(error) || "failed");
    server.once("error", onError);
    server.listen(path, () => {
      server.off("error", onError);
      // Accepting may fail when file descriptors run out; the reader polls meanwhile.
      server.on("error", () => {});
      resolve(undefined);
    });
  });
}

/** Removes the socket file of a reader that was killed; false when another one listens on it. */
function removeStale(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => {
      if (codeOf(error) !== "ECONNREFUSED") return resolve(codeOf(error) === "ENOENT");
      rmSync(path, { force: true });
      resolve(true);
    });
  });
}
