import { Socket } from "node:net";
import { FrameReader, frameOf } from "./frames.js";

/** The worker's end of a pipe to a child. */
export class WorkerEnd {
  readonly #pipe: Socket | undefined;

  /** `stream`: of the child process's stdio; `closed`: called when the child has ended or a handler broke the pipe. */
  constructor(stream: unknown, received: (message: unknown) => void, closed: () => void) {
    const pipe = stream instanceof Socket ? stream : undefined;
    this.#pipe = pipe;
    const reader = new FrameReader();
    pipe?.on("data", (piece: Buffer) => {
      let messages: unknown[];
      try {
        messages = reader.push(piece);
      } catch {
        // A handler has written to the pipe.
        pipe.destroy();
        return;
      }
      for (const message of messages) received(message);
    });
    // A failed write needs no answer: when the child ends, all its runs are started elsewhere.
    pipe?.on("error", () => {});
    pipe?.on("close", closed);
  }

  send(message: unknown): void {
    if (this.#pipe?.writable === true) this.#pipe.write(frameOf(message));
  }
}
